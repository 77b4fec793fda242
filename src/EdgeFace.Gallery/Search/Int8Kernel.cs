using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Dot products of int8 rows with an int8 probe, exact in 32 bits. Values are -127..127. AVX-VNNI multiplies unsigned with
/// signed bytes: a row's bytes get 128 added by flipping their top bit, and 128 times the probe's sum is taken off again.
/// (.NET 10 has no intrinsic for VNNI at 512 bits; two 256 bit ones a cycle outrun the memory all the same.)
/// </summary>
internal static unsafe class Int8Kernel
{
    private const int PrefetchBytes = 4096;

    public static string Name => AvxVnni.IsSupported ? "AVX-VNNI"
        : Avx512BW.IsSupported ? "AVX-512BW"
        : Avx2.IsSupported ? "AVX2"
        : Dp.IsSupported ? "AdvSimd+Dp"
        : AdvSimd.IsSupported ? "AdvSimd"
        : Vector128.IsHardwareAccelerated ? "Vector128"
        : "scalar";

    /// <summary>scores[i] = probe . row i * scales[i], for rows that lie <paramref name="length"/> bytes apart.</summary>
    public static void Scores(sbyte* probe, int probeSum, sbyte* rows, float* scales, int count, int length, float* scores)
    {
        for (var i = 0; i < count; i++, rows += length)
        {
            if (Sse.IsSupported)
            {
                for (var ahead = 0; ahead < length; ahead += 64)
                    Sse.Prefetch0(rows + PrefetchBytes + ahead);
            }

            scores[i] = Dot(probe, probeSum, rows, length) * scales[i];
        }
    }

    /// <param name="probeSum">Sum of the probe's values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot(sbyte* probe, int probeSum, sbyte* row, int length)
        => AvxVnni.IsSupported ? Vnni(probe, probeSum, row, length)
        : Avx512BW.IsSupported ? Wide512(probe, row, length)
        : Avx2.IsSupported ? Wide256(probe, row, length)
        : Dp.IsSupported ? DotProduct(probe, row, length)
        : AdvSimd.IsSupported ? Neon(probe, row, length)
        : Vector128.IsHardwareAccelerated ? Portable(probe, row, length)
        : Scalar(probe, row, length);

    /// <summary>The twin.</summary>
    internal static int Scalar(sbyte* probe, sbyte* row, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
            sum += probe[i] * row[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Vnni(sbyte* probe, int probeSum, sbyte* row, int length)
    {
        var flip = Vector256.Create((byte)0x80);
        var (s0, s1) = (Vector256<int>.Zero, Vector256<int>.Zero);
        var i = 0;
        for (; i <= length - 64; i += 64)
        {
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, Vector256.Load((byte*)row + i) ^ flip, Vector256.Load(probe + i));
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, Vector256.Load((byte*)row + i + 32) ^ flip, Vector256.Load(probe + i + 32));
        }

        for (; i <= length - 32; i += 32)
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, Vector256.Load((byte*)row + i) ^ flip, Vector256.Load(probe + i));
        var sum = Vector256.Sum(s0 + s1) - 128 * probeSum;
        // The rest was not shifted: what the correction took off for it comes back.
        for (; i < length; i++)
            sum += probe[i] * (row[i] + 128);
        return sum;
    }

    internal static int Wide512(sbyte* probe, sbyte* row, int length)
    {
        var (s0, s1) = (Vector512<int>.Zero, Vector512<int>.Zero);
        var i = 0;
        for (; i <= length - 64; i += 64)
        {
            s0 += Pairs512(probe + i, row + i);
            s1 += Pairs512(probe + i + 32, row + i + 32);
        }

        return Vector512.Sum(s0 + s1) + Scalar(probe + i, row + i, length - i);
    }

    internal static int Wide256(sbyte* probe, sbyte* row, int length)
    {
        var (s0, s1) = (Vector256<int>.Zero, Vector256<int>.Zero);
        var i = 0;
        for (; i <= length - 32; i += 32)
        {
            s0 += Pairs256(probe + i, row + i);
            s1 += Pairs256(probe + i + 16, row + i + 16);
        }

        return Vector256.Sum(s0 + s1) + Scalar(probe + i, row + i, length - i);
    }

    /// <summary>sdot: four products a lane in one instruction.</summary>
    internal static int DotProduct(sbyte* probe, sbyte* row, int length)
    {
        var (s0, s1) = (Vector128<int>.Zero, Vector128<int>.Zero);
        var i = 0;
        for (; i <= length - 32; i += 32)
        {
            s0 = Dp.DotProduct(s0, Vector128.Load(probe + i), Vector128.Load(row + i));
            s1 = Dp.DotProduct(s1, Vector128.Load(probe + i + 16), Vector128.Load(row + i + 16));
        }

        for (; i <= length - 16; i += 16)
            s0 = Dp.DotProduct(s0, Vector128.Load(probe + i), Vector128.Load(row + i));
        return Vector128.Sum(s0 + s1) + Scalar(probe + i, row + i, length - i);
    }

    /// <summary>smull, smull2, sadalp: products in 16 bits, added in pairs into 32.</summary>
    internal static int Neon(sbyte* probe, sbyte* row, int length)
    {
        var (s0, s1) = (Vector128<int>.Zero, Vector128<int>.Zero);
        var i = 0;
        for (; i <= length - 16; i += 16)
        {
            var (p, r) = (Vector128.Load(probe + i), Vector128.Load(row + i));
            s0 = AdvSimd.AddPairwiseWideningAndAdd(s0, AdvSimd.MultiplyWideningLower(p.GetLower(), r.GetLower()));
            s1 = AdvSimd.AddPairwiseWideningAndAdd(s1, AdvSimd.MultiplyWideningUpper(p, r));
        }

        return Vector128.Sum(s0 + s1) + Scalar(probe + i, row + i, length - i);
    }

    internal static int Portable(sbyte* probe, sbyte* row, int length)
    {
        var sum = Vector128<int>.Zero;
        var i = 0;
        for (; i <= length - 16; i += 16)
        {
            var (p, r) = (Vector128.Load(probe + i), Vector128.Load(row + i));
            // 127 * 127 fits into 16 bits, the sum of two does not.
            var low = Vector128.WidenLower(p) * Vector128.WidenLower(r);
            var high = Vector128.WidenUpper(p) * Vector128.WidenUpper(r);
            sum += Vector128.WidenLower(low) + Vector128.WidenUpper(low) + Vector128.WidenLower(high) + Vector128.WidenUpper(high);
        }

        return Vector128.Sum(sum) + Scalar(probe + i, row + i, length - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Pairs512(sbyte* probe, sbyte* row) => Avx512BW.MultiplyAddAdjacent(
        Avx512BW.ConvertToVector512Int16(Vector256.Load(probe)), Avx512BW.ConvertToVector512Int16(Vector256.Load(row)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pairs256(sbyte* probe, sbyte* row)
        => Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(probe), Avx2.ConvertToVector256Int16(row));
}
