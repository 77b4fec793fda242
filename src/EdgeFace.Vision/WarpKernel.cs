using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>Where in the source a target pixel (x, y) lies: (XX x + XY y + X0, YX x + YY y + Y0), whole numbers are pixel centres.</summary>
internal readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0);

/// <summary>Bilinear sampling of a frame along an affine map.</summary>
internal static class WarpKernel
{
    private const int WeightBits = 11;
    private const int One = 1 << WeightBits;
    private const int Round = 1 << (2 * WeightBits - 1);

    public static void Fill(Frame source, Frame target, in AffineMap map)
    {
        for (var y = 0; y < target.Height; y++)
        {
            var row = target.Pixels.AsSpan(y * target.Width * 3, target.Width * 3);
            Row(source, row, map.XY * y + map.X0, map.XX, map.YY * y + map.Y0, map.YX);
        }
    }

    private static void Row(Frame source, Span<byte> target, double startX, double stepX, double startY, double stepY)
    {
        for (var (x, i) = (0, 0); i < target.Length; x++, i += 3)
        {
            var sourceX = startX + x * stepX;
            var sourceY = startY + x * stepY;
            var pixel = target.Slice(i, 3);
            if (sourceX > -1 && sourceX < source.Width && sourceY > -1 && sourceY < source.Height)
                Sample(source, sourceX, sourceY, pixel);
            else
                pixel.Clear();
        }
    }

    private static void Sample(Frame source, double x, double y, Span<byte> pixel)
    {
        // Shifted by one pixel, so that truncation is floor down to -1.
        var fixedX = (int)((x + 1) * One + 0.5);
        var fixedY = (int)((y + 1) * One + 0.5);
        var (left, top) = ((fixedX >> WeightBits) - 1, (fixedY >> WeightBits) - 1);
        var (wx, wy) = (fixedX & (One - 1), fixedY & (One - 1));
        var stride = source.Width * 3;
        if (left >= 0 && top >= 0 && left < source.Width - 1 && top < source.Height - 1)
            Inside(source.Pixels.AsSpan(top * stride + left * 3, stride + 6), stride, wx, wy, pixel);
        else
            Border(source, left, top, wx, wy, pixel);
    }

    private static void Inside(ReadOnlySpan<byte> taps, int stride, int wx, int wy, Span<byte> pixel)
    {
        var below = taps.Slice(stride, 6);
        for (var channel = 0; channel < 3; channel++)
        {
            var upper = taps[channel] * (One - wx) + taps[channel + 3] * wx;
            var lower = below[channel] * (One - wx) + below[channel + 3] * wx;
            pixel[channel] = (byte)((upper * (One - wy) + lower * wy + Round) >> (2 * WeightBits));
        }
    }

    private static void Border(Frame source, int left, int top, int wx, int wy, Span<byte> pixel)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var upper = Tap(source, left, top, channel) * (One - wx) + Tap(source, left + 1, top, channel) * wx;
            var lower = Tap(source, left, top + 1, channel) * (One - wx) + Tap(source, left + 1, top + 1, channel) * wx;
            pixel[channel] = (byte)((upper * (One - wy) + lower * wy + Round) >> (2 * WeightBits));
        }
    }

    private static int Tap(Frame source, int x, int y, int channel)
        => (uint)x < (uint)source.Width && (uint)y < (uint)source.Height ? source.Pixels[(y * source.Width + x) * 3 + channel] : 0;
}
