namespace EdgeFace.Core.Imaging;

/// <summary>
/// Where frames come from. Blocking on purpose: the capture thread is its only caller, and a blocking read into a
/// pinned buffer allocates nothing.
/// </summary>
public interface IFrameSource : IDisposable
{
    /// <summary>What is read, for messages: without user name and password.</summary>
    string Description { get; }

    /// <summary>
    /// The next frame, held once by the caller; null at the end of a source that has one.
    /// </summary>
    /// <exception cref="FrameSourceException">The source is not there, stalled or broke; <see cref="Exception.Message"/> says
    /// what, where and what to do. The caller may dispose of it and open it anew.</exception>
    /// <exception cref="OperationCanceledException">The source was stopped by <see cref="Stop"/>.</exception>
    Frame? Read();

    /// <summary>Makes a blocked and every later <see cref="Read"/> return; may be called from any thread.</summary>
    void Stop();
}

/// <summary>A source that is not there, stalled or broke: what, where, and what to do.</summary>
public sealed class FrameSourceException : Exception
{
    public FrameSourceException(string message)
        : base(message)
    {
    }

    public FrameSourceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
