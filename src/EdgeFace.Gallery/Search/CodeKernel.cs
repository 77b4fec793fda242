using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Scores of short codes by tables held in registers (Andre et al. 2015, "Cache locality is not enough"). Codes lie in
/// groups of <see cref="Group"/> templates, byte planes: byte b of all 64 codes of a group is one cache line, whatever the
/// width of the vectors. Each half-byte of a code chooses one of 16 entries of its table, and a template's score is the sum
/// of its entries. The tables are made so that no sum exceeds 255: sums stay in bytes and cannot overflow.
/// </summary>
internal static unsafe class CodeKernel
{
    /// <summary>Templates a group.</summary>
    public const int Group = 64;

    private const int PrefetchGroups = 4;

    public static string Name => Avx512BW.IsSupported ? "AVX-512BW"
        : Avx2.IsSupported ? "AVX2"
        : AdvSimd.Arm64.IsSupported ? "AdvSimd"
        : Vector128.IsHardwareAccelerated ? "Vector128"
        : "scalar";

    /// <param name="tables">2 x <paramref name="planes"/> tables of 16 bytes: for each byte the low half's, then the high half's.</param>
    /// <param name="codes"><paramref name="planes"/> x 64 bytes.</param>
    /// <param name="least">Scores from here on are wanted.</param>
    /// <param name="scores">Receives 64 scores; may be null.</param>
    /// <returns>Bit i is set when template i has at least <paramref name="least"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Scores(byte* tables, byte* codes, int planes, byte least, byte* scores)
    {
        if (Sse.IsSupported)
        {
            var next = codes + PrefetchGroups * planes * Group;
            for (var plane = 0; plane < planes; plane++)
                Sse.Prefetch0(next + plane * Group);
        }

        return Avx512BW.IsSupported ? Wide512(tables, codes, planes, least, scores)
            : Avx2.IsSupported ? Wide256(tables, codes, planes, least, scores)
            : Vector128.IsHardwareAccelerated ? Portable(tables, codes, planes, least, scores)
            : Scalar(tables, codes, planes, least, scores);
    }

    /// <summary>The twin.</summary>
    internal static ulong Scalar(byte* tables, byte* codes, int planes, byte least, byte* scores)
    {
        ulong wanted = 0;
        for (var i = 0; i < Group; i++)
        {
            var sum = 0;
            for (var plane = 0; plane < planes; plane++)
            {
                var code = codes[plane * Group + i];
                sum += tables[plane * 32 + (code & 15)] + tables[plane * 32 + 16 + (code >> 4)];
            }

            if (scores != null)
                scores[i] = (byte)sum;
            if ((byte)sum >= least)
                wanted |= 1UL << i;
        }

        return wanted;
    }

    internal static ulong Wide512(byte* tables, byte* codes, int planes, byte least, byte* scores)
    {
        var low = Vector512.Create((byte)0x0F);
        var (even, odd) = (Vector512<byte>.Zero, Vector512<byte>.Zero);
        for (var plane = 0; plane < planes; plane++)
        {
            var bytes = Vector512.Load(codes + plane * Group);
            even += Avx512BW.Shuffle(Avx512F.BroadcastVector128ToVector512((uint*)(tables + plane * 32)).AsByte(), bytes & low);
            odd += Avx512BW.Shuffle(
                Avx512F.BroadcastVector128ToVector512((uint*)(tables + plane * 32 + 16)).AsByte(), (bytes.AsUInt16() >> 4).AsByte() & low);
        }

        var sum = even + odd;
        if (scores != null)
            sum.Store(scores);
        return Vector512.GreaterThanOrEqual(sum, Vector512.Create(least)).ExtractMostSignificantBits();
    }

    internal static ulong Wide256(byte* tables, byte* codes, int planes, byte least, byte* scores)
    {
        var low = Vector256.Create((byte)0x0F);
        var (first, second) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
        for (var plane = 0; plane < planes; plane++)
        {
            var lowTable = Avx2.BroadcastVector128ToVector256(tables + plane * 32);
            var highTable = Avx2.BroadcastVector128ToVector256(tables + plane * 32 + 16);
            var (a, b) = (Vector256.Load(codes + plane * Group), Vector256.Load(codes + plane * Group + 32));
            first += Avx2.Shuffle(lowTable, a & low) + Avx2.Shuffle(highTable, (a.AsUInt16() >> 4).AsByte() & low);
            second += Avx2.Shuffle(lowTable, b & low) + Avx2.Shuffle(highTable, (b.AsUInt16() >> 4).AsByte() & low);
        }

        if (scores != null)
        {
            first.Store(scores);
            second.Store(scores + 32);
        }

        var bound = Vector256.Create(least);
        return Vector256.GreaterThanOrEqual(first, bound).ExtractMostSignificantBits()
            | (ulong)Vector256.GreaterThanOrEqual(second, bound).ExtractMostSignificantBits() << 32;
    }

    /// <summary>Four vectors of 16 templates; on ARM64 each look-up is one tbl.</summary>
    internal static ulong Portable(byte* tables, byte* codes, int planes, byte least, byte* scores)
    {
        var (s0, s1, s2, s3) = (Vector128<byte>.Zero, Vector128<byte>.Zero, Vector128<byte>.Zero, Vector128<byte>.Zero);
        for (var plane = 0; plane < planes; plane++)
        {
            var (low, high) = (Vector128.Load(tables + plane * 32), Vector128.Load(tables + plane * 32 + 16));
            var at = codes + plane * Group;
            s0 += Entries(low, high, Vector128.Load(at));
            s1 += Entries(low, high, Vector128.Load(at + 16));
            s2 += Entries(low, high, Vector128.Load(at + 32));
            s3 += Entries(low, high, Vector128.Load(at + 48));
        }

        if (scores != null)
        {
            s0.Store(scores);
            s1.Store(scores + 16);
            s2.Store(scores + 32);
            s3.Store(scores + 48);
        }

        var bound = Vector128.Create(least);
        return Bits(s0, bound) | Bits(s1, bound) << 16 | Bits(s2, bound) << 32 | Bits(s3, bound) << 48;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Entries(Vector128<byte> low, Vector128<byte> high, Vector128<byte> codes)
    {
        var (lower, upper) = (codes & Vector128.Create((byte)0x0F), codes >> 4);
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.VectorTableLookup(low, lower) + AdvSimd.Arm64.VectorTableLookup(high, upper)
            : Vector128.Shuffle(low, lower) + Vector128.Shuffle(high, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector128<byte> sums, Vector128<byte> bound)
        => Vector128.GreaterThanOrEqual(sums, bound).ExtractMostSignificantBits();
}
