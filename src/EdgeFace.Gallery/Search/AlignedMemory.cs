using System.Runtime.InteropServices;

namespace EdgeFace.Gallery;

/// <summary>Zeroed memory outside of the collector's heap, on a cache line's border; in large pages where the system offers them.</summary>
internal sealed unsafe partial class AlignedMemory
{
    private const nuint LargePage = 2 << 20;
    private const int AdviseHugePages = 14;

    private readonly long _bytes;

    public AlignedMemory(long bytes)
    {
        var alignment = bytes >= (long)LargePage ? LargePage : 64;
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), alignment);
        // Advice: where it is not taken, the pages stay small.
        if (alignment == LargePage)
            _ = Advise(Pointer, (nuint)bytes, AdviseHugePages);
        NativeMemory.Clear(Pointer, (nuint)bytes);
        _bytes = bytes;
        if (bytes > 0)
            GC.AddMemoryPressure(bytes);
    }

    /// <summary>Valid while this object is reachable: whoever uses it keeps the object alive.</summary>
    public byte* Pointer { get; }

    ~AlignedMemory()
    {
        NativeMemory.AlignedFree(Pointer);
        if (_bytes > 0)
            GC.RemoveMemoryPressure(_bytes);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
