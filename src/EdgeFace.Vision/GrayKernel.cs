namespace EdgeFace.Vision;

/// <summary>Interleaved BGR to luminance. Weights and rounding are OpenCV's (15 bit fixed point, they sum to 1).</summary>
internal static class GrayKernel
{
    internal const int Shift = 15;
    internal const int Blue = 3735;
    internal const int Green = 19235;
    internal const int Red = 9798;

    /// <param name="bgr">Three bytes a pixel.</param>
    /// <param name="gray">One byte a pixel.</param>
    public static void Convert(ReadOnlySpan<byte> bgr, Span<byte> gray) => Scalar(bgr, gray, 0);

    internal static void Scalar(ReadOnlySpan<byte> bgr, Span<byte> gray, int from)
    {
        for (var i = from; i < gray.Length; i++)
            gray[i] = Of(bgr[3 * i], bgr[3 * i + 1], bgr[3 * i + 2]);
    }

    public static byte Of(int blue, int green, int red)
        => (byte)((Blue * blue + Green * green + Red * red + (1 << (Shift - 1))) >> Shift);
}
