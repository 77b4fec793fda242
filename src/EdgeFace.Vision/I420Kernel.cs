namespace EdgeFace.Vision;

/// <summary>Two rows of I420 that share one row of chroma, to BGR. Constants and rounding are OpenCV's (20 bit fixed point).</summary>
internal static class I420Kernel
{
    private const int Shift = 20;
    private const int Half = 1 << (Shift - 1);
    private const int LumaGain = 1220542;
    private const int UToBlue = 2116026;
    private const int UToGreen = -409993;
    private const int VToGreen = -852492;
    private const int VToRed = 1673527;

    public static void RowPair(
        ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, ReadOnlySpan<byte> u, ReadOnlySpan<byte> v, Span<byte> topBgr, Span<byte> bottomBgr)
        => Scalar(top, bottom, u, v, topBgr, bottomBgr, 0);

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
}
