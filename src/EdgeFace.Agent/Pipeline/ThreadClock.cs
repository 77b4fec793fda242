using System.Runtime.InteropServices;

namespace EdgeFace.Agent.Pipeline;

/// <summary>Processor time of the calling thread, which the BCL does not give.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    public static long CpuNanoseconds() => ReadClock(ThreadCpuTime, out var now) == 0 ? now.Seconds * 1_000_000_000L + now.Nanoseconds : 0;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Timespec now);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
