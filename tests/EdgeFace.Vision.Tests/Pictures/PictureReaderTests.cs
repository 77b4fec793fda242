using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

public sealed class PictureReaderTests
{
    [Theory]
    [InlineData("baseline-444")]
    [InlineData("baseline-420")]
    [InlineData("baseline-422")]
    [InlineData("progressive")]
    [InlineData("restart")]
    [InlineData("grey")]
    public void Jpeg_has_the_pixels_that_OpenCV_decodes(string name) =>
        GoldenPicture.AssertClose(GoldenPicture.Expected(name), PictureReader.Read(GoldenPicture.PathOf(name + ".jpg")), largest: 1, mean: 0.1);

    [Theory]
    [InlineData("rgb.png", "rgb")]
    [InlineData("grey.png", "grey-png")]
    [InlineData("bilevel.png", "bilevel")]
    [InlineData("interlaced.png", "interlaced")]
    [InlineData("palette.png", "palette")]
    [InlineData("palette-transparent.png", "palette-transparent")]
    [InlineData("animated.png", "animated")]
    [InlineData("rgb16.png", "rgb16")]
    [InlineData("grey16.png", "grey16")]
    [InlineData("orientation-6.png", "orientation")]
    public void Png_has_exactly_the_pixels_that_were_drawn(string file, string expected) =>
        GoldenPicture.AssertClose(GoldenPicture.Expected(expected), PictureReader.Read(GoldenPicture.PathOf(file)), largest: 0, mean: 0);

    /// <summary>libpng mixes with tables; the reference in floating point.</summary>
    [Theory]
    [InlineData("rgba", "rgba")]
    [InlineData("grey-alpha", "grey-alpha")]
    [InlineData("grey-alpha-interlaced", "grey-alpha")]
    public void Transparent_png_is_composited_on_white_in_linear_light(string name, string expected) =>
        GoldenPicture.AssertClose(GoldenPicture.Expected(expected), PictureReader.Read(GoldenPicture.PathOf(name + ".png")), largest: 2, mean: 0.5);

    /// <summary>libpng takes 2.2 for sRGB's curve here, which differs from it in the darkest values.</summary>
    [Fact]
    public void Gamma_of_a_png_is_brought_to_sRGB() =>
        GoldenPicture.AssertClose(GoldenPicture.Expected("linear"), PictureReader.Read(GoldenPicture.PathOf("linear.png")), largest: 8, mean: 1);

    public static TheoryData<int, string> Orientations()
    {
        var data = new TheoryData<int, string>();
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            data.Add(orientation, "big");
            data.Add(orientation, "little");
        }

        return data;
    }

    /// <summary>Every stored orientation must give the same upright drawing; the mean is what JPEG at quality 98 loses.</summary>
    [Theory]
    [MemberData(nameof(Orientations))]
    public void Orientation_is_applied_in_both_byte_orders(int orientation, string byteOrder)
    {
        var frame = PictureReader.Read(GoldenPicture.PathOf($"orientation-{orientation}-{byteOrder}.jpg"));

        GoldenPicture.AssertClose(GoldenPicture.Expected("orientation"), frame, largest: 12, mean: 1);
    }

    /// <summary>Larger than a tile in both directions and odd: every pixel must arrive, at its own place.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Orientation_moves_each_pixel_as_the_standard_says(int orientation)
    {
        const int Width = 71, Height = 38;
        var stored = new Frame(Width, Height, PixelFormat.Bgr24);
        new Random(orientation).NextBytes(stored.Pixels);

        var upright = Orientation.Upright(stored, orientation);

        // CIPA DC-008, 4.6.4: which side of the upright picture the stored row 0 and column 0 are.
        (int X, int Y) Place(int x, int y) => orientation switch
        {
            2 => (Width - 1 - x, y),
            3 => (Width - 1 - x, Height - 1 - y),
            4 => (x, Height - 1 - y),
            5 => (y, x),
            6 => (Height - 1 - y, x),
            7 => (Height - 1 - y, Width - 1 - x),
            _ => (y, Width - 1 - x),
        };
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var place = Place(x, y);
                Assert.Equal(Pixel(stored, x, y), Pixel(upright, place.X, place.Y));
            }
        }
    }

    [Fact]
    public void Content_decides_and_not_the_name()
    {
        var frame = PictureReader.Decode(GoldenPicture.Bytes("rgb.png"), "picture.jpg");

        GoldenPicture.AssertClose(GoldenPicture.Expected("rgb"), frame, largest: 0, mean: 0);
    }

    /// <summary>Phones append films and maps to their pictures.</summary>
    [Theory]
    [InlineData("baseline-420.jpg", "baseline-420")]
    [InlineData("rgb.png", "rgb")]
    public void Bytes_after_the_end_of_the_picture_do_no_harm(string file, string expected)
    {
        byte[] longer = [.. GoldenPicture.Bytes(file), .. "and then some"u8];

        GoldenPicture.AssertClose(GoldenPicture.Expected(expected), PictureReader.Decode(longer, file), largest: 1, mean: 0.1);
    }

    private static (byte, byte, byte) Pixel(Frame frame, int x, int y)
    {
        var at = (y * frame.Width + x) * 3;
        return (frame.Pixels[at], frame.Pixels[at + 1], frame.Pixels[at + 2]);
    }
}
