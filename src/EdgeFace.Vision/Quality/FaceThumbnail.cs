using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Quality;

/// <summary>
/// A face as 64 x 64 grey levels, so that measures do not depend on its size. Large faces are averaged over cells (plain
/// bilinear sampling would alias and look sharp), small ones are enlarged bilinearly.
/// </summary>
internal static class FaceThumbnail
{
    public const int Side = 64;
    public const int Length = Side * Side;

    /// <summary>At most about this many samples a cell and axis are read, so that a face that fills the frame costs no more than others.</summary>
    private const int SamplesPerAxis = 4;

    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="region">Inside the frame, with area.</param>
    /// <param name="gray"><see cref="Length"/> bytes.</param>
    public static void Sample(Frame bgr, FaceBox region, Span<byte> gray)
    {
        if (MathF.Min(region.Width, region.Height) >= Side)
            Average(bgr, region, gray);
        else
            Interpolate(bgr, region, gray);
    }

    private static void Average(Frame bgr, FaceBox region, Span<byte> gray)
    {
        for (var row = 0; row < Side; row++)
        {
            var (top, bottom) = Cell(region.Y, region.Height, row, bgr.Height);
            for (var column = 0; column < Side; column++)
            {
                var (left, right) = Cell(region.X, region.Width, column, bgr.Width);
                gray[row * Side + column] = Mean(bgr, left, right, top, bottom);
            }
        }
    }

    private static (int From, int To) Cell(float start, float length, int index, int limit)
    {
        var from = Math.Clamp((int)(start + length * index / Side), 0, limit - 1);
        var to = Math.Clamp((int)(start + length * (index + 1) / Side), from + 1, limit);
        return (from, to);
    }

    private static byte Mean(Frame bgr, int left, int right, int top, int bottom)
    {
        var stepX = 1 + (right - left - 1) / SamplesPerAxis;
        var stepY = 1 + (bottom - top - 1) / SamplesPerAxis;
        int blue = 0, green = 0, red = 0, count = 0;
        for (var y = top; y < bottom; y += stepY)
        {
            ReadOnlySpan<byte> pixels = bgr.Pixels.AsSpan((y * bgr.Width + left) * 3, (right - left) * 3);
            for (var i = 0; i < pixels.Length; i += 3 * stepX)
            {
                blue += pixels[i];
                green += pixels[i + 1];
                red += pixels[i + 2];
                count++;
            }
        }

        return GrayKernel.Of(blue / count, green / count, red / count);
    }

    private static void Interpolate(Frame bgr, FaceBox region, Span<byte> gray)
    {
        for (var row = 0; row < Side; row++)
        {
            var (top, bottom, wy) = Taps(region.Y, region.Height, row, bgr.Height);
            for (var column = 0; column < Side; column++)
            {
                var (left, right, wx) = Taps(region.X, region.Width, column, bgr.Width);
                var upper = Level(bgr, left, top) * (1 - wx) + Level(bgr, right, top) * wx;
                var lower = Level(bgr, left, bottom) * (1 - wx) + Level(bgr, right, bottom) * wx;
                gray[row * Side + column] = (byte)(upper * (1 - wy) + lower * wy + 0.5f);
            }
        }
    }

    private static (int Near, int Far, float Weight) Taps(float start, float length, int index, int limit)
    {
        var position = Math.Clamp(start + length * (index + 0.5f) / Side - 0.5f, 0, limit - 1);
        var near = (int)position;
        return (near, Math.Min(near + 1, limit - 1), position - near);
    }

    private static int Level(Frame bgr, int x, int y)
    {
        ReadOnlySpan<byte> pixel = bgr.Pixels.AsSpan((y * bgr.Width + x) * 3, 3);
        return GrayKernel.Of(pixel[0], pixel[1], pixel[2]);
    }
}
