using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Drawing;

/// <summary>
/// Draws on <see cref="PixelFormat.Bgr24"/> frames: opaque, without smoothing, without allocating. What lies outside
/// the frame is left out. Pixel (0, 0) covers 0 to 1 in both directions, so a box of a whole frame is (0, 0, width, height).
/// </summary>
public static class Painter
{
    /// <summary>Largest magnification of the font.</summary>
    public const int MaxScale = 64;

    /// <summary>Far outside any frame, and small enough that sums stay within an int.</summary>
    private const float Far = 1 << 24;

    /// <summary>The outline of a box, drawn inwards from its edges; the sides that lie outside the frame are not drawn.</summary>
    /// <param name="bgr">The frame to draw on.</param>
    /// <param name="box">In pixels of the frame, edges rounded to whole pixels. A box without area draws nothing.</param>
    /// <param name="color">Of the outline.</param>
    /// <param name="thickness">In pixels, at least 1; the box is filled where it is thicker than half the box.</param>
    public static void Box(Frame bgr, FaceBox box, Rgb color, int thickness)
    {
        BgrOnly.Check(bgr);
        ArgumentOutOfRangeException.ThrowIfLessThan(thickness, 1);
        if (!(box.Width > 0) || !(box.Height > 0))
            return;
        var (left, top, right, bottom) = (Whole(box.X), Whole(box.Y), Whole(box.Right), Whole(box.Bottom));
        var horizontal = Math.Min(thickness, bottom - top);
        var vertical = Math.Min(thickness, right - left);
        Fill(bgr, left, top, right, top + horizontal, color);
        Fill(bgr, left, bottom - horizontal, right, bottom, color);
        Fill(bgr, left, top, left + vertical, bottom, color);
        Fill(bgr, right - vertical, top, right, bottom, color);
    }

    /// <summary>A filled disc.</summary>
    /// <param name="bgr">The frame to draw on.</param>
    /// <param name="at">The pixel whose area holds this point is the centre.</param>
    /// <param name="color">Of the disc.</param>
    /// <param name="radius">In pixels beside the centre one, at least 0: drawn is what lies within radius + 1/2.</param>
    public static void Dot(Frame bgr, Vector2 at, Rgb color, int radius)
    {
        BgrOnly.Check(bgr);
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        if (!float.IsFinite(at.X) || !float.IsFinite(at.Y))
            return;
        var (x, y) = (Whole(MathF.Floor(at.X)), Whole(MathF.Floor(at.Y)));
        radius = Math.Min(radius, (int)Far);
        var top = Math.Max(-radius, -y);
        var bottom = Math.Min(radius, bgr.Height - 1 - y);
        for (var dy = top; dy <= bottom; dy++)
        {
            // r (r + 1) is (r + 1/2)^2 in whole numbers.
            var half = (int)Math.Sqrt((long)radius * (radius + 1L) - (long)dy * dy);
            Fill(bgr, x - half, y + dy, x + half + 1, y + dy + 1, color);
        }
    }

    /// <summary>One line of text. Accents are dropped, characters that the font does not have become '?'.</summary>
    /// <param name="bgr">The frame to draw on.</param>
    /// <param name="x">Left edge of the first character, in pixels; may lie outside.</param>
    /// <param name="y">Upper edge of the text, in pixels; may lie outside.</param>
    /// <param name="text">Letters are 5 x 9 pixels, two of the rows below the baseline, and one pixel apart.</param>
    /// <param name="color">Of the letters.</param>
    /// <param name="scale">1..<see cref="MaxScale"/>: how many pixels wide and high a pixel of the font is.</param>
    public static void Text(Frame bgr, int x, int y, string text, Rgb color, int scale)
    {
        CheckText(bgr, text, scale);
        var rest = text.AsSpan();
        long left = x;
        while (left < bgr.Width && AsciiFold.Next(ref rest, out var character))
        {
            if (left > -(BitmapFont.GlyphWidth + 1) * scale && y < bgr.Height && y > -BitmapFont.GlyphHeight * scale)
                Glyph(bgr, (int)left, y, character, color, scale);
            left += (BitmapFont.GlyphWidth + 1) * scale;
        }
    }

    /// <summary>One line of text on a filled ground, which reaches one font pixel beyond the text on every side.</summary>
    /// <remarks>The other parameters are those of <see cref="Text(Frame, int, int, string, Rgb, int)"/>; empty text has no ground.</remarks>
    public static void Text(Frame bgr, int x, int y, string text, Rgb color, int scale, Rgb background)
    {
        CheckText(bgr, text, scale);
        var (width, height) = MeasureText(text, scale);
        if (width > 0)
            Fill(bgr, (long)x - scale, (long)y - scale, (long)x + width + scale, (long)y + height + scale, background);
        Text(bgr, x, y, text, color, scale);
    }

    /// <summary>What <see cref="Text(Frame, int, int, string, Rgb, int)"/> covers, without a ground.</summary>
    /// <returns>In pixels; (0, 0) for empty text.</returns>
    public static (int Width, int Height) MeasureText(string text, int scale)
    {
        ArgumentNullException.ThrowIfNull(text);
        CheckScale(scale);
        var count = 0;
        var rest = text.AsSpan();
        while (AsciiFold.Next(ref rest, out _))
            count++;
        return count == 0 ? (0, 0) : (checked((count * (BitmapFont.GlyphWidth + 1) - 1) * scale), BitmapFont.GlyphHeight * scale);
    }

    private static void CheckText(Frame bgr, string text, int scale)
    {
        BgrOnly.Check(bgr);
        ArgumentNullException.ThrowIfNull(text);
        CheckScale(scale);
    }

    private static void CheckScale(int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, MaxScale);
    }

    private static void Glyph(Frame bgr, int x, int y, char character, Rgb color, int scale)
    {
        foreach (var row in BitmapFont.Glyph(character))
        {
            for (var column = 0; column < BitmapFont.GlyphWidth; column++)
            {
                if ((row & (0x10 >> column)) != 0)
                    Fill(bgr, x + column * scale, y, x + (column + 1) * scale, y + scale, color);
            }

            y += scale;
        }
    }

    /// <summary>Fills the part of a rectangle that is inside the frame; right and bottom are exclusive.</summary>
    private static void Fill(Frame bgr, long left, long top, long right, long bottom, Rgb color)
    {
        left = Math.Max(left, 0);
        top = Math.Max(top, 0);
        right = Math.Min(right, bgr.Width);
        bottom = Math.Min(bottom, bgr.Height);
        for (var y = (int)top; y < bottom; y++)
        {
            var at = (y * bgr.Width + (int)left) * 3;
            for (var x = left; x < right; x++, at += 3)
            {
                bgr.Pixels[at] = color.B;
                bgr.Pixels[at + 1] = color.G;
                bgr.Pixels[at + 2] = color.R;
            }
        }
    }

    /// <summary>Rounds half up, so that edges that fall on the same half pixel meet; what is not a number lies at 0.</summary>
    private static int Whole(float value) => float.IsNaN(value) ? 0 : (int)MathF.Floor(Math.Clamp(value, -Far, Far) + 0.5f);
}
