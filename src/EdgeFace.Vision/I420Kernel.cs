using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Vision;

/// <summary>
/// Two rows of I420 that share one row of chroma, to BGR. Constants and rounding are OpenCV's (20 bit fixed point), in 32
/// bit lanes. 16 pixels a step: the chroma terms of 8 samples, each doubled, plus the luma terms; what remains of a row goes
/// through the scalar twin.
/// </summary>
internal static unsafe class I420Kernel
{
    private const int Step = 16;
    private const int Shift = 20;
    private const int Half = 1 << (Shift - 1);
    private const int LumaGain = 1220542;
    private const int UToBlue = 2116026;
    private const int UToGreen = -409993;
    private const int VToGreen = -852492;
    private const int VToRed = 1673527;

    /// <param name="top">Luma of the upper row.</param>
    /// <param name="bottom">Luma of the lower row, as long.</param>
    /// <param name="u">Half as long, rounded up.</param>
    /// <param name="v">As long as <paramref name="u"/>.</param>
    /// <param name="topBgr">Three times as long as the luma.</param>
    /// <param name="bottomBgr">Three times as long as the luma; may be the same row as the upper one when the luma is.</param>
    public static void RowPair(
        ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, ReadOnlySpan<byte> u, ReadOnlySpan<byte> v, Span<byte> topBgr, Span<byte> bottomBgr)
    {
        var done = Vector128.IsHardwareAccelerated ? top.Length / Step * Step : 0;
        fixed (byte* t = top, b = bottom, cu = u, cv = v, tb = topBgr, bb = bottomBgr)
        {
            for (var x = 0; x < done; x += Step)
            {
                if (Avx2.IsSupported)
                    Wide(t + x, b + x, cu + x / 2, cv + x / 2, tb + 3 * x, bb + 3 * x);
                else
                    Narrow(t + x, b + x, cu + x / 2, cv + x / 2, tb + 3 * x, bb + 3 * x);
            }
        }

        Scalar(top, bottom, u, v, topBgr, bottomBgr, done);
    }

    internal static void Scalar(
        ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, ReadOnlySpan<byte> u, ReadOnlySpan<byte> v, Span<byte> topBgr, Span<byte> bottomBgr, int from)
    {
        for (var x = from; x < top.Length; x++)
        {
            var uu = u[x >> 1] - 128;
            var vv = v[x >> 1] - 128;
            var blue = Half + UToBlue * uu;
            var green = Half + UToGreen * uu + VToGreen * vv;
            var red = Half + VToRed * vv;
            Pixel(top[x], blue, green, red, topBgr.Slice(3 * x, 3));
            Pixel(bottom[x], blue, green, red, bottomBgr.Slice(3 * x, 3));
        }
    }

    private static void Pixel(byte luma, int blue, int green, int red, Span<byte> bgr)
    {
        var y = Math.Max(luma - 16, 0) * LumaGain;
        bgr[0] = (byte)Math.Clamp((y + blue) >> Shift, 0, 255);
        bgr[1] = (byte)Math.Clamp((y + green) >> Shift, 0, 255);
        bgr[2] = (byte)Math.Clamp((y + red) >> Shift, 0, 255);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide(byte* top, byte* bottom, byte* u, byte* v, byte* topBgr, byte* bottomBgr)
    {
        var uu = Avx2.ConvertToVector256Int32(u) - Vector256.Create(128);
        var vv = Avx2.ConvertToVector256Int32(v) - Vector256.Create(128);
        var half = Vector256.Create(Half);
        var blue = uu * UToBlue + half;
        var green = uu * UToGreen + vv * VToGreen + half;
        var red = vv * VToRed + half;
        WideRow(top, blue, green, red, topBgr);
        WideRow(bottom, blue, green, red, bottomBgr);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WideRow(byte* luma, Vector256<int> blue, Vector256<int> green, Vector256<int> red, byte* bgr)
    {
        var floor = Vector256.Create(16);
        var low = (Vector256.Max(Avx2.ConvertToVector256Int32(luma), floor) - floor) * LumaGain;
        var high = (Vector256.Max(Avx2.ConvertToVector256Int32(luma + 8), floor) - floor) * LumaGain;
        Simd.Store3(bgr, WideChannel(low, high, blue), WideChannel(low, high, green), WideChannel(low, high, red));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> WideChannel(Vector256<int> low, Vector256<int> high, Vector256<int> chroma)
    {
        low += Avx2.PermuteVar8x32(chroma, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
        high += Avx2.PermuteVar8x32(chroma, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7));

        // Packing works within halves of 128 bits: quarters 0 2 1 3 come out, the last permutation brings them in order.
        var packed = Avx2.PackSignedSaturate(low >> Shift, high >> Shift).AsInt64();
        var ordered = Avx2.Permute4x64(packed, 0b11_01_10_00).AsInt16();
        return Sse2.PackUnsignedSaturate(ordered.GetLower(), ordered.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Narrow(byte* top, byte* bottom, byte* u, byte* v, byte* topBgr, byte* bottomBgr)
    {
        var uu = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(u)).AsByte()).AsInt16() - Vector128.Create((short)128);
        var vv = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(v)).AsByte()).AsInt16() - Vector128.Create((short)128);
        var (u0, u1) = (Vector128.WidenLower(uu), Vector128.WidenUpper(uu));
        var (v0, v1) = (Vector128.WidenLower(vv), Vector128.WidenUpper(vv));
        var half = Vector128.Create(Half);
        var (blue0, blue1) = (u0 * UToBlue + half, u1 * UToBlue + half);
        var (green0, green1) = (u0 * UToGreen + v0 * VToGreen + half, u1 * UToGreen + v1 * VToGreen + half);
        var (red0, red1) = (v0 * VToRed + half, v1 * VToRed + half);
        NarrowRow(top, blue0, blue1, green0, green1, red0, red1, topBgr);
        NarrowRow(bottom, blue0, blue1, green0, green1, red0, red1, bottomBgr);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NarrowRow(
        byte* luma,
        Vector128<int> blue0,
        Vector128<int> blue1,
        Vector128<int> green0,
        Vector128<int> green1,
        Vector128<int> red0,
        Vector128<int> red1,
        byte* bgr)
    {
        var floor = Vector128.Create((byte)16);
        var raised = Vector128.Max(Vector128.Load(luma), floor) - floor;
        var (low, high) = (Vector128.WidenLower(raised).AsInt16(), Vector128.WidenUpper(raised).AsInt16());
        var (y0, y1) = (Vector128.WidenLower(low) * LumaGain, Vector128.WidenUpper(low) * LumaGain);
        var (y2, y3) = (Vector128.WidenLower(high) * LumaGain, Vector128.WidenUpper(high) * LumaGain);
        Simd.Store3(
            bgr,
            NarrowChannel(y0, y1, y2, y3, blue0, blue1),
            NarrowChannel(y0, y1, y2, y3, green0, green1),
            NarrowChannel(y0, y1, y2, y3, red0, red1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> NarrowChannel(
        Vector128<int> y0, Vector128<int> y1, Vector128<int> y2, Vector128<int> y3, Vector128<int> chroma0, Vector128<int> chroma1)
    {
        var lower = Vector128.Create(0, 0, 1, 1);
        var upper = Vector128.Create(2, 2, 3, 3);
        y0 += Vector128.Shuffle(chroma0, lower);
        y1 += Vector128.Shuffle(chroma0, upper);
        y2 += Vector128.Shuffle(chroma1, lower);
        y3 += Vector128.Shuffle(chroma1, upper);
        return Simd.PackUnsigned(Simd.Pack(y0 >> Shift, y1 >> Shift), Simd.Pack(y2 >> Shift, y3 >> Shift));
    }
}
