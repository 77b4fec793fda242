using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeFace.Messaging;

/// <summary>poll(2) on the broker's socket and the wake-up.</summary>
internal static partial class NativePoll
{
    public const short In = 0x0001;
    public const short Out = 0x0004;
    public const short Error = 0x0008;
    public const short HangUp = 0x0010;
    public const short PeerClosed = 0x2000;

    private const int Interrupted = 4;

    /// <summary>
    /// What the socket is ready for, 0 for nothing; returns early on a wake-up, which is consumed. Without a socket (-1) it waits for the
    /// wake-up alone.
    /// </summary>
    public static unsafe short Wait(int socket, bool write, WakeEvent wake, int timeoutMs)
    {
        var entries = stackalloc Entry[2];
        entries[0] = new Entry { Descriptor = wake.Descriptor, Events = In };
        entries[1] = new Entry { Descriptor = socket, Events = (short)(In | PeerClosed | (write ? Out : 0)) };
        if (poll(entries, 2, timeoutMs) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == Interrupted ? (short)0 : throw new Win32Exception(error);
        }

        if (entries[0].Ready != 0)
            wake.Consume();
        return entries[1].Ready;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int poll(Entry* entries, nuint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public int Descriptor;
        public short Events;
        public short Ready;
    }
}
