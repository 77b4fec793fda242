#nullable enable

using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>The C library's sockets, with the numbers of Linux on x64 and ARM64.</summary>
internal static unsafe partial class NativeSockets
{
    public const int Unix = 1;
    public const int CloseOnExec = 0x80000;

    // SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
    public const int StreamNonBlockingCloseOnExec = 1 | 0x800 | CloseOnExec;

    // F_DUPFD_CLOEXEC, MSG_NOSIGNAL, FIONREAD
    public const int DuplicateCloseOnExec = 1030;
    public const int NoSignal = 0x4000;
    public const nuint BytesWaiting = 0x541B;

    private const int TryAgain = 11;
    private const int Interrupted = 4;

    /// <summary>Whether the last call failed only for now.</summary>
    public static bool WouldBlock => Marshal.GetLastPInvokeError() is TryAgain or Interrupted;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int dup3(int descriptor, int over, int flags);

    // Variadic in C; on x64 and ARM64 of Linux three whole numbers are passed alike.
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(int descriptor, nuint request, int* argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recv(int descriptor, byte* data, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint send(int descriptor, byte* data, nuint length, int flags);

    [LibraryImport("libc")]
    internal static partial int close(int descriptor);
}
