using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Tests;

public sealed class LetterboxTests
{
    [Theory]
    [InlineData(640, 480, 320, 240, 320, 240)]
    [InlineData(1280, 720, 320, 240, 320, 180)]
    [InlineData(480, 640, 320, 240, 180, 240)]
    [InlineData(10, 10, 320, 240, 240, 240)]
    [InlineData(10000, 1, 320, 240, 320, 1)]
    public void Fit_keeps_the_proportions(int sourceWidth, int sourceHeight, int targetWidth, int targetHeight, int contentWidth, int contentHeight)
    {
        var letterbox = Letterbox.Fit(sourceWidth, sourceHeight, targetWidth, targetHeight);
        Assert.Equal((contentWidth, contentHeight), (letterbox.ContentWidth, letterbox.ContentHeight));
    }

    [Fact]
    public void ToSource_brings_the_content_back_onto_the_whole_picture()
    {
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            var letterbox = Letterbox.Fit(random.Next(1, 3000), random.Next(1, 3000), 320, 240);
            var box = letterbox.ToSource(new FaceBox(0, 0, letterbox.ContentWidth, letterbox.ContentHeight));
            Assert.Equal(letterbox.SourceWidth, box.Width, 0.01);
            Assert.Equal(letterbox.SourceHeight, box.Height, 0.01);
            var corner = letterbox.ToSource(new Vector2(letterbox.ContentWidth, letterbox.ContentHeight));
            Assert.Equal(letterbox.SourceWidth, corner.X, 0.01);
            Assert.Equal(letterbox.SourceHeight, corner.Y, 0.01);
        }
    }

    [Fact]
    public void Apply_resizes_into_the_corner_and_pads_the_rest()
    {
        var random = new Random(12);
        var letterboxer = new Letterboxer(40, 30, 127);
        foreach (var (width, height) in new[] { (64, 36), (36, 64), (80, 60), (64, 36) })
        {
            var source = Pixels.Noise(random, width, height);
            var target = Pixels.Flat(40, 30, 1);

            var letterbox = letterboxer.Apply(source, target);

            Assert.Equal(Letterbox.Fit(width, height, 40, 30), letterbox);
            AssertContent(source, target, letterbox);
        }
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Letterbox.Fit(0, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("targetHeight", () => new Letterboxer(1, 0, 0));
        var frame = new Frame(4, 4, PixelFormat.Bgr24);
        Assert.Throws<ArgumentException>("bgrTarget", () => new Letterboxer(5, 4, 0).Apply(new Frame(9, 9, PixelFormat.Bgr24), frame));
        Assert.Throws<ArgumentException>("bgrTarget", () => new Letterboxer(4, 4, 0).Apply(frame, frame));
    }

    private static void AssertContent(Frame source, Frame target, Letterbox letterbox)
    {
        var content = new Frame(letterbox.ContentWidth, letterbox.ContentHeight, PixelFormat.Bgr24);
        Resizer.Bilinear(source, content);
        for (var y = 0; y < target.Height; y++)
        {
            for (var x = 0; x < target.Width * 3; x++)
            {
                var inside = y < content.Height && x < content.Width * 3;
                var expected = inside ? content.Pixels[y * content.Width * 3 + x] : 127;
                Assert.Equal(expected, target.Pixels[y * target.Width * 3 + x]);
            }
        }
    }
}
