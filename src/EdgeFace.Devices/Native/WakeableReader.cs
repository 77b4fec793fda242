using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeFace.Devices.Native;

internal enum ReadResult
{
    Done,

    /// <summary>The writer closed its end.</summary>
    End,

    TimedOut,

    /// <summary><see cref="WakeableReader.Wake"/> was called.</summary>
    Woken,
}

/// <summary>
/// Blocking reads from a pipe that another thread can break off: poll(2) on the pipe and an eventfd, then read(2) straight
/// into the caller's memory. Allocates nothing.
/// </summary>
internal sealed unsafe class WakeableReader : IDisposable
{
    private readonly SafeHandle _pipe;
    private readonly SafeFileHandle _wake;
    private readonly TimeProvider _time;

    /// <param name="pipe">Readable end, owned by this object from now on.</param>
    /// <param name="time">Counts the timeouts on when a signal breaks off a wait.</param>
    public WakeableReader(SafeHandle pipe, TimeProvider time)
    {
        var wake = Libc.EventDescriptor(0, Libc.CloseOnExec);
        if (wake < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        _pipe = pipe;
        _wake = new SafeFileHandle(wake, ownsHandle: true);
        _time = time;
    }

    private int Descriptor => (int)_pipe.DangerousGetHandle();

    /// <summary>Makes the present and every later read return <see cref="ReadResult.Woken"/>. Safe from any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        try
        {
            _ = Libc.Write(_wake, (byte*)&one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Nobody reads any more.
        }
    }

    /// <summary>The kernel's buffer for the pipe; a wish, the kernel may give less.</summary>
    public void ResizePipe(int bytes) => _ = Libc.Control(Descriptor, Libc.SetPipeSize, bytes);

    /// <summary>Fills <paramref name="target"/>; <paramref name="got"/> says how far it came otherwise.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="timeoutMs">Longest time without a single byte.</param>
    /// <param name="got">Bytes read.</param>
    public ReadResult ReadExactly(Span<byte> target, int timeoutMs, out int got)
    {
        got = 0;
        while (got < target.Length)
        {
            var result = ReadSome(target[got..], timeoutMs, out var count);
            got += count;
            if (result != ReadResult.Done)
                return result;
        }

        return ReadResult.Done;
    }

    /// <summary>Waits for data, or without end when <paramref name="timeoutMs"/> is -1, and reads what is there.</summary>
    public ReadResult ReadSome(Span<byte> target, int timeoutMs, out int count)
    {
        count = 0;
        var waited = Wait(timeoutMs);
        if (waited != ReadResult.Done)
            return waited;
        count = ReadReady(target);
        return count == 0 ? ReadResult.End : ReadResult.Done;
    }

    /// <summary>Reads what is there already, also after <see cref="Wake"/>; false when there is nothing.</summary>
    public bool ReadAvailable(Span<byte> target, out int count)
    {
        var entry = new Libc.PollEntry { Descriptor = Descriptor, Events = Libc.PollIn };
        count = Libc.Poll(&entry, 1, 0) > 0 ? ReadReady(target) : 0;
        return count > 0;
    }

    public void Dispose()
    {
        _pipe.Dispose();
        _wake.Dispose();
    }

    private int ReadReady(Span<byte> target)
    {
        fixed (byte* bytes = target)
        {
            while (true)
            {
                var read = Libc.Read(Descriptor, bytes, (nuint)target.Length);
                if (read >= 0)
                    return (int)read;
                var error = Marshal.GetLastPInvokeError();
                if (error != Libc.Interrupted)
                    throw new IOException("reading from a pipe failed", new Win32Exception(error));
            }
        }
    }

    private ReadResult Wait(int timeoutMs)
    {
        var entries = stackalloc Libc.PollEntry[2];
        entries[0] = new Libc.PollEntry { Descriptor = Descriptor, Events = Libc.PollIn };
        entries[1] = new Libc.PollEntry { Descriptor = (int)_wake.DangerousGetHandle(), Events = Libc.PollIn };
        var start = _time.GetTimestamp();
        var left = timeoutMs;
        while (true)
        {
            var ready = Libc.Poll(entries, 2, left);
            if (ready > 0)
                return entries[1].Returned != 0 ? ReadResult.Woken : ReadResult.Done;
            if (ready == 0)
                return ReadResult.TimedOut;
            if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            if (timeoutMs >= 0)
                left = Math.Max(0, timeoutMs - (int)_time.GetElapsedTime(start).TotalMilliseconds);
        }
    }
}
