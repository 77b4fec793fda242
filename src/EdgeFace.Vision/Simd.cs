using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Vision;

/// <summary>The few operations that the portable vectors do not have, each with the same result on every instruction set.</summary>
internal static unsafe class Simd
{
    /// <summary>The instruction set that the kernels use.</summary>
    public static string Name => Avx2.IsSupported ? "AVX2"
        : AdvSimd.Arm64.IsSupported ? "AdvSimd"
        : Vector128.IsHardwareAccelerated ? "Vector128"
        : "scalar";

    /// <summary>16 pixels of 3 interleaved bytes, as three vectors of one channel each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> Blue, Vector128<byte> Green, Vector128<byte> Red) Load3(byte* bgr)
    {
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.Load3xVector128AndUnzip(bgr);

        var (a, b, c) = (Vector128.Load(bgr), Vector128.Load(bgr + 16), Vector128.Load(bgr + 32));
        var blue = Vector128.Shuffle(a, Vector128.Create((byte)0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4, 7, 10, 13));
        var green = Vector128.Shuffle(a, Vector128.Create((byte)1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14));
        var red = Vector128.Shuffle(a, Vector128.Create((byte)2, 5, 8, 11, 14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15));
        return (blue, green, red);
    }

    /// <summary>The reverse of <see cref="Load3"/>: writes 48 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store3(byte* bgr, Vector128<byte> blue, Vector128<byte> green, Vector128<byte> red)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            AdvSimd.Arm64.StoreVectorAndZip(bgr, (blue, green, red));
            return;
        }

        var part0 = Vector128.Shuffle(blue, Vector128.Create((byte)0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255, 255, 5))
            | Vector128.Shuffle(green, Vector128.Create((byte)255, 0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255, 255))
            | Vector128.Shuffle(red, Vector128.Create((byte)255, 255, 0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255));
        part0.Store(bgr);
        var part1 = Vector128.Shuffle(blue, Vector128.Create((byte)255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255, 10, 255))
            | Vector128.Shuffle(green, Vector128.Create((byte)5, 255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255, 10))
            | Vector128.Shuffle(red, Vector128.Create((byte)255, 5, 255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255));
        part1.Store(bgr + 16);
        var part2 = Vector128.Shuffle(blue, Vector128.Create((byte)255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15, 255, 255))
            | Vector128.Shuffle(green, Vector128.Create((byte)255, 255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15, 255))
            | Vector128.Shuffle(red, Vector128.Create((byte)10, 255, 255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15));
        part2.Store(bgr + 32);
    }

    /// <summary>16 signed values to bytes, clamped to 0..255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> PackUnsigned(Vector128<short> low, Vector128<short> high)
    {
        if (Sse2.IsSupported)
            return Sse2.PackUnsignedSaturate(low, high);
        if (AdvSimd.IsSupported)
            return AdvSimd.ExtractNarrowingSaturateUnsignedUpper(AdvSimd.ExtractNarrowingSaturateUnsignedLower(low), high);
        var (zero, full) = (Vector128<short>.Zero, Vector128.Create((short)255));
        return Vector128.Narrow(Vector128.Clamp(low, zero, full).AsUInt16(), Vector128.Clamp(high, zero, full).AsUInt16());
    }

    /// <summary>8 values that fit into 16 bits, narrowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Pack(Vector128<int> low, Vector128<int> high)
        => Sse2.IsSupported ? Sse2.PackSignedSaturate(low, high) : Vector128.Narrow(low, high);

    /// <summary>(a * b) >> 16 for values of which no two are -32768.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyHigh(Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported)
            return Sse2.MultiplyHigh(a, b);

        // The doubled product's upper half, halved again: two floors in a row are the floor of the whole.
        if (AdvSimd.IsSupported)
            return Vector128.ShiftRightArithmetic(AdvSimd.MultiplyDoublingSaturateHigh(a, b), 1);
        var low = Vector128.WidenLower(a) * Vector128.WidenLower(b);
        var high = Vector128.WidenUpper(a) * Vector128.WidenUpper(b);
        return Vector128.Narrow(Vector128.ShiftRightArithmetic(low, 16), Vector128.ShiftRightArithmetic(high, 16));
    }
}
