using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Vision;

/// <summary>
/// Interleaved BGR to luminance. Weights and rounding are OpenCV's (15 bit fixed point, they sum to 1). 16 pixels a step,
/// split into channels and summed in 32 bit lanes; the rest goes through the scalar twin.
/// </summary>
internal static unsafe class GrayKernel
{
    private const int Step = 16;
    private const int Shift = 15;
    private const int Half = 1 << (Shift - 1);
    private const int Blue = 3735;
    private const int Green = 19235;
    private const int Red = 9798;

    /// <param name="bgr">Three bytes a pixel.</param>
    /// <param name="gray">One byte a pixel.</param>
    public static void Convert(ReadOnlySpan<byte> bgr, Span<byte> gray)
    {
        bgr = bgr[..(3 * gray.Length)];
        var done = Vector128.IsHardwareAccelerated ? gray.Length / Step * Step : 0;
        fixed (byte* source = bgr, target = gray)
        {
            for (var i = 0; i < done; i += Step)
            {
                var (blue, green, red) = Simd.Load3(source + 3 * i);
                (Avx2.IsSupported ? Wide(blue, green, red) : Narrow(blue, green, red)).Store(target + i);
            }
        }

        Scalar(bgr, gray, done);
    }

    internal static void Scalar(ReadOnlySpan<byte> bgr, Span<byte> gray, int from)
    {
        for (var i = from; i < gray.Length; i++)
            gray[i] = Of(bgr[3 * i], bgr[3 * i + 1], bgr[3 * i + 2]);
    }

    /// <summary>One pixel.</summary>
    public static byte Of(int blue, int green, int red) => (byte)((Blue * blue + Green * green + Red * red + Half) >> Shift);

    /// <summary>Pairs (blue, green) and (red, 1) are multiplied with (weight, weight) and (weight, half) and summed in one instruction each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Wide(Vector128<byte> blue, Vector128<byte> green, Vector128<byte> red)
    {
        var (b, g, r) = (Avx2.ConvertToVector256Int16(blue), Avx2.ConvertToVector256Int16(green), Avx2.ConvertToVector256Int16(red));
        var one = Vector256<short>.One;
        var blueGreen = Vector256.Create(Green << 16 | Blue).AsInt16();
        var redHalf = Vector256.Create(Half << 16 | Red).AsInt16();
        var low = Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(b, g), blueGreen) + Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(r, one), redHalf);
        var high = Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(b, g), blueGreen) + Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(r, one), redHalf);
        var levels = Avx2.PackSignedSaturate(low >> Shift, high >> Shift);
        return Sse2.PackUnsignedSaturate(levels.GetLower(), levels.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector128<byte> blue, Vector128<byte> green, Vector128<byte> red) => Simd.PackUnsigned(
        Eight(Vector128.WidenLower(blue).AsInt16(), Vector128.WidenLower(green).AsInt16(), Vector128.WidenLower(red).AsInt16()),
        Eight(Vector128.WidenUpper(blue).AsInt16(), Vector128.WidenUpper(green).AsInt16(), Vector128.WidenUpper(red).AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Eight(Vector128<short> blue, Vector128<short> green, Vector128<short> red) => Simd.Pack(
        Four(Vector128.WidenLower(blue), Vector128.WidenLower(green), Vector128.WidenLower(red)),
        Four(Vector128.WidenUpper(blue), Vector128.WidenUpper(green), Vector128.WidenUpper(red)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Four(Vector128<int> blue, Vector128<int> green, Vector128<int> red)
        => (blue * Blue + green * Green + red * Red + Vector128.Create(Half)) >> Shift;
}
