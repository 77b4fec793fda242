using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Vision;

/// <summary>
/// The two passes of the bilinear resize. A value between the passes is the mix in 11 bit fixed point shifted right by 4:
/// 0..32640, 15 bits, so that the second pass is two 16 bit multiplications of which the upper halves count.
/// </summary>
internal static unsafe class ResizeKernel
{
    private const int BetweenShift = 4;

    /// <summary>One row of pixels to one row of the target's width.</summary>
    /// <param name="row">Source width x 3 bytes.</param>
    /// <param name="columns">Of this source width.</param>
    /// <param name="target">Target width x 3 values.</param>
    public static void MixColumns(ReadOnlySpan<byte> row, ResizeAxis columns, Span<short> target)
    {
        // A step of n pixels writes 2 values more than it has, which the next one overwrites: hence one pixel in reserve.
        var safe = Math.Min(columns.Readable, columns.First.Length - 1);
        var done = 0;
        fixed (byte* source = row)
        fixed (short* mixed = target)
        fixed (int* first = columns.First, weights = columns.Pairs)
        {
            if (Avx2.IsSupported)
            {
                for (; done + 4 <= safe; done += 4)
                    FourPixels(source, first + done, weights + done, mixed + 3 * done);
            }
            else if (Vector128.IsHardwareAccelerated)
            {
                for (; done + 2 <= safe; done += 2)
                    TwoPixels(source, first + done, weights + done, mixed + 3 * done);
            }
        }

        MixColumnsScalar(row, columns, target, done);
    }

    /// <summary>Two mixed rows to one row of the target.</summary>
    public static void MixRows(ReadOnlySpan<short> near, ReadOnlySpan<short> far, short nearWeight, short farWeight, Span<byte> target)
    {
        var done = 0;
        fixed (short* n = near[..target.Length], f = far[..target.Length])
        fixed (byte* t = target)
        {
            if (Avx2.IsSupported)
            {
                for (; done + 32 <= target.Length; done += 32)
                    Wide(n + done, f + done, nearWeight, farWeight, t + done);
            }

            if (Vector128.IsHardwareAccelerated)
            {
                for (; done + 16 <= target.Length; done += 16)
                {
                    var low = Eight(n + done, f + done, nearWeight, farWeight);
                    var high = Eight(n + done + 8, f + done + 8, nearWeight, farWeight);
                    Simd.PackUnsigned(low, high).Store(t + done);
                }
            }
        }

        MixRowsScalar(near, far, nearWeight, farWeight, target, done);
    }

    internal static void MixColumnsScalar(ReadOnlySpan<byte> row, ResizeAxis columns, Span<short> target, int from)
    {
        for (var x = from; x < columns.First.Length; x++)
        {
            var near = 3 * columns.First[x];
            var far = 3 * columns.Second[x];
            int nearWeight = columns.Near[x];
            int farWeight = columns.Far[x];
            for (var channel = 0; channel < 3; channel++)
                target[3 * x + channel] = (short)((row[near + channel] * nearWeight + row[far + channel] * farWeight) >> BetweenShift);
        }
    }

    internal static void MixRowsScalar(
        ReadOnlySpan<short> near, ReadOnlySpan<short> far, short nearWeight, short farWeight, Span<byte> target, int from)
    {
        for (var i = from; i < target.Length; i++)
            target[i] = (byte)((((near[i] * nearWeight) >> 16) + ((far[i] * farWeight) >> 16) + 2) >> 2);
    }

    /// <summary>
    /// 8 bytes of each pixel and its neighbour, two pixels to a half of 128 bits; the shuffles make pairs (near, far) of each
    /// channel, which one instruction weighs and sums; the fourth lane of each pixel is squeezed out at the end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourPixels(byte* source, int* first, int* weights, short* target)
    {
        const byte none = 255;
        var taps = Vector256.Create(Taps(source, first[0]), Taps(source, first[1]), Taps(source, first[2]), Taps(source, first[3])).AsByte();
        var even = Vector128.Create(0, none, 3, none, 1, none, 4, none, 2, none, 5, none, none, none, none, none);
        var odd = Vector128.Create(8, none, 11, none, 9, none, 12, none, 10, none, 13, none, none, none, none, none);
        var pairs = Vector256.Create(Vector128.Load(weights), Vector128<int>.Zero);
        var evenWeights = Avx2.PermuteVar8x32(pairs, Vector256.Create(0, 0, 0, 0, 2, 2, 2, 2)).AsInt16();
        var oddWeights = Avx2.PermuteVar8x32(pairs, Vector256.Create(1, 1, 1, 1, 3, 3, 3, 3)).AsInt16();
        var evenMix = Avx2.MultiplyAddAdjacent(Avx2.Shuffle(taps, Vector256.Create(even, even)).AsInt16(), evenWeights) >> BetweenShift;
        var oddMix = Avx2.MultiplyAddAdjacent(Avx2.Shuffle(taps, Vector256.Create(odd, odd)).AsInt16(), oddWeights) >> BetweenShift;
        var mixed = Avx2.PackSignedSaturate(evenMix, oddMix);
        Squeeze(mixed.GetLower()).Store(target);
        Squeeze(mixed.GetUpper()).Store(target + 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoPixels(byte* source, int* first, int* weights, short* target)
        => Squeeze(Simd.Pack(OnePixel(Taps(source, first[0]), weights[0]), OnePixel(Taps(source, first[1]), weights[1]))).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> OnePixel(ulong taps, int weights)
    {
        const byte none = 255;
        var bytes = Vector128.CreateScalarUnsafe(taps).AsByte();
        var near = Vector128.Shuffle(bytes, Vector128.Create(0, none, none, none, 1, none, none, none, 2, none, none, none, none, none, none, none));
        var far = Vector128.Shuffle(bytes, Vector128.Create(3, none, none, none, 4, none, none, none, 5, none, none, none, none, none, none, none));
        return (near.AsInt32() * (weights & 0xFFFF) + far.AsInt32() * (weights >> 16)) >> BetweenShift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Taps(byte* source, int pixel) => Unsafe.ReadUnaligned<ulong>(source + 3 * pixel);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Squeeze(Vector128<short> pixels)
        => Vector128.Shuffle(pixels, Vector128.Create(0, 1, 2, 4, 5, 6, 7, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide(short* near, short* far, short nearWeight, short farWeight, byte* target)
    {
        var low = Sixteen(near, far, nearWeight, farWeight);
        var high = Sixteen(near + 16, far + 16, nearWeight, farWeight);

        // Packing works within halves of 128 bits: the permutation brings the quarters back in order.
        var packed = Avx2.PackUnsignedSaturate(low, high).AsInt64();
        Avx2.Permute4x64(packed, 0b11_01_10_00).AsByte().Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Sixteen(short* near, short* far, short nearWeight, short farWeight)
    {
        var sum = Avx2.MultiplyHigh(Vector256.Load(near), Vector256.Create(nearWeight))
            + Avx2.MultiplyHigh(Vector256.Load(far), Vector256.Create(farWeight));
        return (sum + Vector256.Create((short)2)) >> 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Eight(short* near, short* far, short nearWeight, short farWeight)
    {
        var sum = Simd.MultiplyHigh(Vector128.Load(near), Vector128.Create(nearWeight))
            + Simd.MultiplyHigh(Vector128.Load(far), Vector128.Create(farWeight));
        return (sum + Vector128.Create((short)2)) >> 2;
    }
}
