using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Pictures;

/// <summary>Turns and mirrors a picture as its EXIF orientation asks.</summary>
internal static class Orientation
{
    /// <summary>Rows and columns that are moved together, so that a turned 50 megapixel picture stays within the cache.</summary>
    private const int Tile = 32;

    /// <param name="stored">The picture as stored, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="orientation">1..8 as in CIPA DC-008, 4.6.4.</param>
    /// <returns>The same frame for 1, else a new one.</returns>
    internal static Frame Upright(Frame stored, int orientation)
    {
        if (orientation == ExifOrientation.Upright)
            return stored;
        var (w, h) = (stored.Width, stored.Height);
        var right = 3;
        var down = 3 * w;
        var (lastX, lastY) = (3 * (w - 1), 3 * w * (h - 1));

        // Where the upright picture's first pixel is stored, and how far its neighbours to the right and below are.
        var (start, stepX, stepY) = orientation switch
        {
            2 => (lastX, -right, down),
            3 => (lastX + lastY, -right, -down),
            4 => (lastY, right, -down),
            5 => (0, down, right),
            6 => (lastY, -down, right),
            7 => (lastX + lastY, -down, -right),
            8 => (lastX, down, -right),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, null),
        };
        var upright = orientation < 5 ? new Frame(w, h, PixelFormat.Bgr24) : new Frame(h, w, PixelFormat.Bgr24);
        for (var y = 0; y < upright.Height; y += Tile)
        {
            for (var x = 0; x < upright.Width; x += Tile)
                CopyTile(stored.Pixels, upright, x, y, start + x * stepX + y * stepY, stepX, stepY);
        }

        return upright;
    }

    private static void CopyTile(byte[] source, Frame target, int left, int top, int start, int stepX, int stepY)
    {
        var pixels = target.Pixels;
        var right = Math.Min(left + Tile, target.Width);
        var bottom = Math.Min(top + Tile, target.Height);
        for (var y = top; y < bottom; y++, start += stepY)
        {
            var from = start;
            var to = (y * target.Width + left) * 3;
            for (var x = left; x < right; x++, from += stepX, to += 3)
            {
                pixels[to] = source[from];
                pixels[to + 1] = source[from + 1];
                pixels[to + 2] = source[from + 2];
            }
        }
    }
}
