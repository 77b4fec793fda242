using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Pipeline;

/// <summary>Hands one frame out of a running camera to whoever asks; costs one read a frame while nobody does.</summary>
internal sealed class FrameGrab
{
    private TaskCompletionSource<Frame>? _wanted;

    /// <summary>The next frame, held once for the caller; null when none comes in time. One caller at a time.</summary>
    public Frame? Take(TimeSpan patience, TimeProvider time)
    {
        var wanted = new TaskCompletionSource<Frame>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _wanted, wanted);
        try
        {
            return wanted.Task.WaitAsync(patience, time).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            // It may come at this very moment: then it is given back.
            if (Interlocked.CompareExchange(ref _wanted, null, wanted) != wanted)
                wanted.Task.GetAwaiter().GetResult().Release();
            return null;
        }
    }

    /// <summary>A frame is looked at; on the thread that holds it.</summary>
    public void Show(Frame frame)
    {
        if (Volatile.Read(ref _wanted) is not null && Interlocked.Exchange(ref _wanted, null) is { } wanted)
            wanted.SetResult(frame.Retain());
    }
}
