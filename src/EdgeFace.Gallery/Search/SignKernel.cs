using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Hamming distances of rows of bits with a probe, in words of 64. x64 counts with POPCNT, several a cycle: .NET 10 has no
/// intrinsic for VPOPCNTDQ, and counting by table in vectors needs as many instructions a row. ARM64 counts bytes (cnt) and
/// adds them up in pairs.
/// </summary>
internal static unsafe class SignKernel
{
    private const int PrefetchWords = 256;

    public static string Name => Avx512BW.IsSupported ? "AVX-512BW"
        : Popcnt.X64.IsSupported ? "POPCNT"
        : AdvSimd.Arm64.IsSupported ? "AdvSimd"
        : "scalar";

    /// <summary>distances[i] = bits in which row i differs from the probe, for rows that lie <paramref name="words"/> apart.</summary>
    public static void Distances(ulong* probe, ulong* rows, int count, int words, ushort* distances)
    {
        for (var i = 0; i < count; i++, rows += words)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(rows + PrefetchWords);
            distances[i] = (ushort)Distance(probe, rows, words);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Distance(ulong* probe, ulong* row, int words)
        => Avx512BW.IsSupported ? Table512(probe, row, words)
        : AdvSimd.Arm64.IsSupported ? Neon(probe, row, words)
        : Scalar(probe, row, words);

    /// <summary>The twin; where the processor counts bits, one instruction a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Scalar(ulong* probe, ulong* row, int words)
    {
        var sum = 0;
        for (var i = 0; i < words; i++)
            sum += BitOperations.PopCount(probe[i] ^ row[i]);
        return sum;
    }

    /// <summary>Half-bytes through a table of 16 counts (Mula et al. 2018, section 3), summed over 8 bytes a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Table512(ulong* probe, ulong* row, int words)
    {
        var counts = Vector512.Create(Vector256.Create(Counts, Counts), Vector256.Create(Counts, Counts));
        var low = Vector512.Create((byte)0x0F);
        var sum = Vector512<ulong>.Zero;
        var i = 0;
        for (; i <= words - 8; i += 8)
        {
            var bits = (Vector512.Load(probe + i) ^ Vector512.Load(row + i)).AsByte();
            var each = Avx512BW.Shuffle(counts, bits & low) + Avx512BW.Shuffle(counts, (bits.AsUInt16() >> 4).AsByte() & low);
            sum += Avx512BW.SumAbsoluteDifferences(each, Vector512<byte>.Zero).AsUInt64();
        }

        return (int)Vector512.Sum(sum) + Scalar(probe + i, row + i, words - i);
    }

    internal static int Neon(ulong* probe, ulong* row, int words)
    {
        var sum = Vector128<ushort>.Zero;
        var i = 0;
        for (; i <= words - 2; i += 2)
        {
            var bits = (Vector128.Load(probe + i) ^ Vector128.Load(row + i)).AsByte();
            sum = AdvSimd.AddPairwiseWideningAndAdd(sum, AdvSimd.PopCount(bits));
        }

        return (int)Vector128.Sum(Vector128.WidenLower(sum) + Vector128.WidenUpper(sum)) + Scalar(probe + i, row + i, words - i);
    }

    private static Vector128<byte> Counts => Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
}
