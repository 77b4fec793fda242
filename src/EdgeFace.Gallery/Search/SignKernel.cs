using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Hamming distances of rows of bits with a probe, in words of 64. x64 counts with POPCNT, several a cycle: .NET 10 has no
/// intrinsic for VPOPCNTDQ, and counting half-bytes by table in AVX-512 took twice as long. ARM64 counts bytes (cnt) and
/// adds them up in pairs.
/// </summary>
internal static unsafe class SignKernel
{
    private const int PrefetchWords = 256;

    public static string Name => Popcnt.X64.IsSupported ? "POPCNT"
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
        => AdvSimd.Arm64.IsSupported ? Neon(probe, row, words)
        : Popcnt.X64.IsSupported ? Unrolled(probe, row, words)
        : Scalar(probe, row, words);

    /// <summary>Bit i is set where distance i of <see cref="CodeKernel.Group"/> is at most <paramref name="most"/>.</summary>
    public static ulong Within(ushort* distances, int most)
    {
        if (!Vector128.IsHardwareAccelerated)
            return WithinScalar(distances, most);
        var bound = Vector128.Create((ushort)most);
        ulong wanted = 0;
        for (var i = 0; i < CodeKernel.Group; i += 8)
            wanted |= (ulong)Vector128.LessThanOrEqual(Vector128.Load(distances + i), bound).ExtractMostSignificantBits() << i;
        return wanted;
    }

    /// <summary>The twin.</summary>
    internal static ulong WithinScalar(ushort* distances, int most)
    {
        ulong wanted = 0;
        for (var i = 0; i < CodeKernel.Group; i++)
            wanted |= distances[i] <= most ? 1UL << i : 0;
        return wanted;
    }

    /// <summary>The twin.</summary>
    internal static int Scalar(ulong* probe, ulong* row, int words)
    {
        var sum = 0;
        for (var i = 0; i < words; i++)
            sum += BitOperations.PopCount(probe[i] ^ row[i]);
        return sum;
    }

    /// <summary>Eight words at a time: two sums keep the additions from waiting for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Unrolled(ulong* probe, ulong* row, int words)
    {
        var (even, odd) = (0, 0);
        var i = 0;
        for (; i <= words - 8; i += 8)
        {
            even += BitOperations.PopCount(probe[i] ^ row[i]) + BitOperations.PopCount(probe[i + 2] ^ row[i + 2])
                + (BitOperations.PopCount(probe[i + 4] ^ row[i + 4]) + BitOperations.PopCount(probe[i + 6] ^ row[i + 6]));
            odd += BitOperations.PopCount(probe[i + 1] ^ row[i + 1]) + BitOperations.PopCount(probe[i + 3] ^ row[i + 3])
                + (BitOperations.PopCount(probe[i + 5] ^ row[i + 5]) + BitOperations.PopCount(probe[i + 7] ^ row[i + 7]));
        }

        for (; i < words; i++)
            even += BitOperations.PopCount(probe[i] ^ row[i]);
        return even + odd;
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
}
