using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Drawing;

namespace EdgeFace.Vision.Tests.Drawing;

public sealed class PainterTests
{
    private static readonly Rgb Ink = new(200, 100, 50);
    private static readonly Rgb Ground = new(1, 2, 3);

    [Fact]
    public void Box_is_drawn_inwards_from_its_edges()
    {
        var frame = Blank(12, 10);
        Painter.Box(frame, new FaceBox(2, 1, 8, 7), Ink, thickness: 2);

        AssertPicture(
            frame,
            "............",
            "..########..",
            "..########..",
            "..##....##..",
            "..##....##..",
            "..##....##..",
            "..########..",
            "..########..",
            "............",
            "............");
    }

    [Fact]
    public void Box_that_reaches_outside_keeps_its_inner_sides()
    {
        var frame = Blank(6, 4);
        Painter.Box(frame, new FaceBox(-3, -2, 7.4f, 5), Ink, thickness: 1);

        AssertPicture(
            frame,
            "...#..",
            "...#..",
            "####..",
            "......");
    }

    [Theory]
    [InlineData(0, 0, 6, 4, 9)]
    [InlineData(-1e30f, -1e30f, 2e30f, 2e30f, 1 << 30)]
    public void Box_thicker_than_itself_is_filled(float x, float y, float width, float height, int thickness)
    {
        var frame = Blank(6, 4);
        Painter.Box(frame, new FaceBox(x, y, width, height), Ink, thickness);

        AssertPicture(frame, "######", "######", "######", "######");
    }

    [Theory]
    [InlineData(1, 1, 0, 3)]
    [InlineData(1, 1, 3, -1)]
    [InlineData(1, 1, float.NaN, 3)]
    [InlineData(20, 1, 3, 3)]
    [InlineData(1, -20, 3, 3)]
    [InlineData(-1e30f, 0, 1e29f, 3)]
    public void Box_without_area_or_outside_draws_nothing(float x, float y, float width, float height)
    {
        var frame = Blank(6, 4);
        Painter.Box(frame, new FaceBox(x, y, width, height), Ink, 1);

        AssertPicture(frame, "......", "......", "......", "......");
    }

    [Fact]
    public void Dot_is_round_and_clipped()
    {
        var frame = Blank(9, 8);
        Painter.Dot(frame, new Vector2(3.9f, 3.1f), Ink, 2);
        Painter.Dot(frame, new Vector2(8.5f, 7.5f), Ink, 1);
        Painter.Dot(frame, new Vector2(8, 0), Ink, 0);
        Painter.Dot(frame, new Vector2(float.NaN, 0), Ink, 3);
        Painter.Dot(frame, new Vector2(-100, 1e20f), Ink, 3);

        AssertPicture(
            frame,
            "........#",
            "..###....",
            ".#####...",
            ".#####...",
            ".#####...",
            "..###....",
            ".......##",
            ".......##");
    }

    [Fact]
    public void Dot_larger_than_the_frame_covers_it()
    {
        var frame = Blank(5, 2);
        Painter.Dot(frame, new Vector2(2, 1), Ink, int.MaxValue);

        AssertPicture(frame, "#####", "#####");
    }

    [Fact]
    public void Text_is_drawn_with_its_upper_left_corner_at_the_point()
    {
        var frame = Blank(13, 11);
        Painter.Text(frame, 1, 1, "Lj", Ink, scale: 1);

        AssertPicture(
            frame,
            ".............",
            ".#........#..",
            ".#...........",
            ".#.......##..",
            ".#........#..",
            ".#........#..",
            ".#........#..",
            ".#####....#..",
            ".......#..#..",
            "........##...",
            ".............");
    }

    [Fact]
    public void Text_is_magnified_by_whole_pixels_and_clipped()
    {
        var frame = Blank(8, 6);
        Painter.Text(frame, -4, -2, "1", Ink, scale: 2);

        // The glyph 1 without its two left columns and its first row, twice as large.
        AssertPicture(
            frame,
            "##......",
            "##......",
            "##......",
            "##......",
            "##......",
            "##......");
    }

    [Fact]
    public void Ground_reaches_one_font_pixel_beyond_the_text()
    {
        var frame = Blank(20, 26);
        Painter.Text(frame, 4, 5, "-", Ink, scale: 2, Ground);

        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
            {
                var letter = x is >= 4 and < 14 && y is >= 11 and < 13;
                var ground = x is >= 2 and < 16 && y is >= 3 and < 25;
                Assert.Equal(letter ? Ink : ground ? Ground : default, At(frame, x, y));
            }
        }
    }

    [Theory]
    [InlineData("", 3, 0, 0)]
    [InlineData("a", 1, 5, 9)]
    [InlineData("ab", 3, 33, 27)]
    [InlineData("e\u0301😀", 1, 11, 9)]
    public void Text_is_measured(string text, int scale, int width, int height) => Assert.Equal((width, height), Painter.MeasureText(text, scale));

    /// <summary>Every letter fits into what is measured: nothing is drawn beyond it.</summary>
    [Fact]
    public void Text_stays_within_its_measure()
    {
        var text = new string(Enumerable.Range(' ', 95).Select(c => (char)c).ToArray());
        var (width, height) = Painter.MeasureText(text, 2);
        var frame = Blank(width + 8, height + 8);
        Painter.Text(frame, 4, 4, text, Ink, 2);

        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
                Assert.True(At(frame, x, y) == default || (x >= 4 && x < 4 + width && y >= 4 && y < 4 + height));
        }
    }

    [Theory]
    [InlineData(int.MinValue, 0)]
    [InlineData(int.MaxValue, 0)]
    [InlineData(0, int.MinValue)]
    [InlineData(0, int.MaxValue)]
    public void Text_far_outside_draws_nothing(int x, int y)
    {
        var frame = Blank(6, 4);
        Painter.Text(frame, x, y, "text", Ink, Painter.MaxScale, Ground);

        AssertPicture(frame, "......", "......", "......", "......");
    }

    [Fact]
    public void Misuse_is_refused()
    {
        var gray = new Frame(4, 4, PixelFormat.Gray8);
        var frame = Blank(4, 4);
        Assert.Throws<ArgumentException>(() => Painter.Box(gray, new FaceBox(0, 0, 1, 1), Ink, 1));
        Assert.Throws<ArgumentException>(() => Painter.Text(gray, 0, 0, "a", Ink, 1));
        Assert.Throws<ArgumentException>(() => Painter.Dot(gray, default, Ink, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Painter.Box(frame, new FaceBox(0, 0, 1, 1), Ink, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Painter.Text(frame, 0, 0, "a", Ink, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Painter.MeasureText("a", Painter.MaxScale + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Painter.Dot(frame, default, Ink, -1));
    }

    [Fact]
    public void Drawing_allocates_nothing()
    {
        var frame = Blank(64, 48);
        Draw();
        Assert.Equal(0, Allocations.Least(Draw));

        void Draw()
        {
            Painter.Box(frame, new FaceBox(3, 3, 40, 30), Ink, 2);
            Painter.Dot(frame, new Vector2(20, 20), Ink, 3);
            Painter.Text(frame, 2, 2, "Zoë 0.93", Ink, 1, Ground);
        }
    }

    private static Frame Blank(int width, int height)
    {
        var frame = new Frame(width, height, PixelFormat.Bgr24);
        frame.Pixels.AsSpan().Clear();
        return frame;
    }

    private static Rgb At(Frame frame, int x, int y)
    {
        var at = (y * frame.Width + x) * 3;
        return new Rgb(frame.Pixels[at + 2], frame.Pixels[at + 1], frame.Pixels[at]);
    }

    /// <summary>'#' is ink and '.' untouched; any other colour fails.</summary>
    private static void AssertPicture(Frame frame, params string[] rows)
    {
        var drawn = Enumerable.Range(0, frame.Height).Select(y => string.Concat(Enumerable.Range(0, frame.Width).Select(x =>
            At(frame, x, y) == Ink ? '#' : At(frame, x, y) == default ? '.' : '?')));
        Assert.Equal(string.Join('\n', rows), string.Join('\n', drawn));
    }
}
