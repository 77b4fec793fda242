using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Tests;

public sealed class ColorConverterTests
{
    [Theory]
    [InlineData(64, 48)]
    [InlineData(34, 18)]
    public void I420ToBgr_equals_OpenCV(int width, int height)
    {
        var i420 = new Frame(width, height, PixelFormat.I420);
        Golden.Bytes($"i420-{width}x{height}").CopyTo(i420.Pixels, 0);
        var bgr = new Frame(width, height, PixelFormat.Bgr24);

        ColorConverter.I420ToBgr(i420, bgr);

        Pixels.AssertWithin(Golden.Bytes($"i420-{width}x{height}-bgr"), bgr.Pixels, 0, ColorConverter.Kernel);
    }

    [Theory]
    [InlineData(33, 18)]
    [InlineData(34, 17)]
    [InlineData(33, 17)]
    [InlineData(1, 1)]
    public void I420ToBgr_of_an_odd_size_is_a_part_of_the_even_one(int width, int height)
    {
        var even = new Frame(34, 18, PixelFormat.I420);
        Golden.Bytes("i420-34x18").CopyTo(even.Pixels, 0);
        var odd = CropI420(even, width, height);
        var bgr = new Frame(width, height, PixelFormat.Bgr24);

        ColorConverter.I420ToBgr(odd, bgr);

        var expected = Golden.Bytes("i420-34x18-bgr");
        for (var y = 0; y < height; y++)
            Pixels.AssertWithin(expected.AsSpan(y * 34 * 3, width * 3), bgr.Pixels.AsSpan(y * width * 3, width * 3), 0, $"row {y}");
    }

    [Fact]
    public void BgrToGray_equals_OpenCV()
    {
        var source = Golden.Frame("gray-source");
        var gray = new Frame(source.Width, source.Height, PixelFormat.Gray8);

        ColorConverter.BgrToGray(source, gray);

        Pixels.AssertWithin(Golden.Bytes("gray"), gray.Pixels, 0, ColorConverter.Kernel);
    }

    [Fact]
    public void Frames_of_the_wrong_format_or_size_are_refused()
    {
        var i420 = new Frame(4, 4, PixelFormat.I420);
        Assert.Contains("Bgr24", Assert.Throws<ArgumentException>("bgr", () => ColorConverter.I420ToBgr(i420, i420)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("bgr", () => ColorConverter.I420ToBgr(i420, new Frame(4, 5, PixelFormat.Bgr24)));
        Assert.Throws<ArgumentException>("gray", () => ColorConverter.BgrToGray(new Frame(4, 4, PixelFormat.Bgr24), i420));
    }

    private static Frame CropI420(Frame source, int width, int height)
    {
        var target = new Frame(width, height, PixelFormat.I420);
        var (from, to) = (0, 0);
        CopyPlane(source.Width, source.Height, width, height);
        for (var plane = 0; plane < 2; plane++)
            CopyPlane(source.Width / 2, source.Height / 2, (width + 1) / 2, (height + 1) / 2);
        return target;

        void CopyPlane(int sourceWidth, int sourceHeight, int planeWidth, int planeHeight)
        {
            for (var y = 0; y < planeHeight; y++)
                source.Pixels.AsSpan(from + y * sourceWidth, planeWidth).CopyTo(target.Pixels.AsSpan(to + y * planeWidth));
            from += sourceWidth * sourceHeight;
            to += planeWidth * planeHeight;
        }
    }
}
