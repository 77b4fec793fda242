using System.ComponentModel;
using System.Runtime.InteropServices;
using EdgeFace.Devices.Native;
using Microsoft.Win32.SafeHandles;

namespace EdgeFace.Devices;

/// <summary>
/// Writes to a descriptor that may be anything: terminal, pipe, file opened for append. A FileStream keeps a position of its
/// own and would write over what others appended to the same file.
/// </summary>
internal sealed class DescriptorStream(SafeFileHandle handle) : Stream
{
    private const int BrokenPipe = 32;
    private const int TryAgain = 11;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            for (var done = 0; done < buffer.Length;)
            {
                var written = Libc.Write(handle, bytes + done, (nuint)(buffer.Length - done));
                if (written >= 0)
                    done += (int)written;
                else if (!Recover(Marshal.GetLastPInvokeError()))
                    return;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>True to write again; false when nobody reads any more (`edgeface ... | head`), which Console ignores as well.</summary>
    private unsafe bool Recover(int error)
    {
        switch (error)
        {
            case Libc.Interrupted:
                return true;
            case TryAgain:
                var entry = new Libc.PollEntry { Descriptor = (int)handle.DangerousGetHandle(), Events = Libc.PollOut };
                _ = Libc.Poll(&entry, 1, -1);
                return true;
            case BrokenPipe:
                return false;
            default:
                throw new IOException("writing to the standard output failed", new Win32Exception(error));
        }
    }
}
