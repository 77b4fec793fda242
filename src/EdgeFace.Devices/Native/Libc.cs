using System.Runtime.InteropServices;

namespace EdgeFace.Devices.Native;

/// <summary>The few calls of the C library that .NET has no equivalent of. Linux, 64 bit.</summary>
internal static partial class Libc
{
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int Interrupted = 4;
    public const int CloseOnExec = 0x80000; // O_CLOEXEC and EFD_CLOEXEC
    public const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    public const int SetPipeSize = 1031; // F_SETPIPE_SZ
    public const int Terminate = 15; // SIGTERM

    private const string Library = "libc";

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static unsafe partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static unsafe partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(SafeHandle descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static unsafe partial int Pipe(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    // Variadic in C; with integers only, Linux passes them alike on x64 and ARM64.
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "isatty")]
    public static partial int IsTerminal(int descriptor);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int process, int signal);

    [LibraryImport(Library, EntryPoint = "fflush")]
    public static partial int Flush(nint stream);

    [LibraryImport(Library, EntryPoint = "setvbuf")]
    public static partial int SetBuffering(nint stream, nint buffer, int mode, nuint size);

    /// <param name="timex">struct timex, zeroed (modes = 0: ask only); 208 bytes on 64-bit Linux.</param>
    /// <returns>The clock's state, 5 (TIME_ERROR) when it is not synchronised; -1 on error.</returns>
    [LibraryImport(Library, EntryPoint = "adjtimex", SetLastError = true)]
    public static unsafe partial int AskClock(byte* timex);
}
