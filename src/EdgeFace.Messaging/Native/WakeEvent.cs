using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeFace.Messaging;

/// <summary>An eventfd: any thread makes the one that polls it return.</summary>
internal sealed unsafe partial class WakeEvent : IDisposable
{
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    private readonly Lock _lock = new();
    private bool _closed;

    public WakeEvent()
    {
        Descriptor = eventfd(0, NonBlocking | CloseOnExec);
        if (Descriptor < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public int Descriptor { get; }

    public void Set()
    {
        ulong one = 1;
        // The lock keeps a late caller from writing into whatever has got the number after Dispose.
        lock (_lock)
        {
            if (!_closed)
                _ = write(Descriptor, &one, sizeof(ulong));
        }
    }

    public void Consume()
    {
        ulong count;
        _ = read(Descriptor, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            _ = close(Descriptor);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, void* data, nuint length);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, void* data, nuint length);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
