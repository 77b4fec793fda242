using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Tests;

public sealed class ResizerTests
{
    /// <summary>Where OpenCV halves both sides exactly it takes the mean of 2x2 pixels, rounded once.</summary>
    private const string Halved = "resize-64x48-32x24";

    public static TheoryData<string> Cases => [.. Golden.Cases<string>("resize")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bilinear_equals_OpenCV(string name)
    {
        var expected = Golden.Frame(name);
        var target = Pixels.Flat(expected.Width, expected.Height, 77);

        Resizer.Bilinear(Golden.Frame(name + "-source"), target);

        Pixels.AssertWithin(expected.Pixels, target.Pixels, name == Halved ? 1 : 0, name);
    }

    [Fact]
    public void Bilinear_remembers_nothing_of_the_picture_before()
    {
        var random = new Random(5);
        var resizer = new BilinearResizer(31, 9, 14, 20);
        Span<byte> used = new byte[14 * 20 * 3], fresh = new byte[14 * 20 * 3];
        resizer.Resize(Pixels.Noise(random, 31, 9).Pixels, used, 14 * 3);
        var second = Pixels.Noise(random, 31, 9);

        resizer.Resize(second.Pixels, used, 14 * 3);
        new BilinearResizer(31, 9, 14, 20).Resize(second.Pixels, fresh, 14 * 3);

        Pixels.AssertEqual<byte>(fresh, used, "second picture");
    }

    [Fact]
    public void Resize_leaves_what_lies_between_the_rows_alone()
    {
        var target = new byte[10 * 4];
        target.AsSpan().Fill(9);
        new BilinearResizer(5, 5, 2, 4).Resize(Pixels.Flat(5, 5, 200).Pixels, target, 10);
        for (var i = 0; i < target.Length; i++)
            Assert.Equal(i % 10 < 6 ? 200 : 9, target[i]);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var frame = new Frame(4, 4, PixelFormat.Bgr24);
        Assert.Throws<ArgumentException>("bgrTarget", () => Resizer.Bilinear(frame, frame));
        Assert.Throws<ArgumentException>("bgrSource", () => Resizer.Bilinear(new Frame(4, 4, PixelFormat.Gray8), frame));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BilinearResizer(0, 1, 1, 1));
        Assert.Throws<ArgumentException>("source", () => new BilinearResizer(4, 4, 2, 2).Resize(new byte[47], new byte[12], 6));
        Assert.Throws<ArgumentException>("target", () => new BilinearResizer(4, 4, 2, 2).Resize(new byte[48], new byte[11], 6));
    }
}
