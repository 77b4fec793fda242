using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Tests;

public sealed class WarperTests
{
    [Fact]
    public void Similarity_equals_the_exact_warp_and_OpenCV_within_its_own_quantisation()
    {
        foreach (var golden in Golden.Cases<Case>("warp"))
        {
            var exact = Golden.Frame($"warp-{golden.Name}-exact");
            var target = Pixels.Flat(exact.Width, exact.Height, 77);

            Warper.Similarity(Golden.Frame(golden.Source), new SimilarityTransform(golden.A, golden.B, golden.Tx, golden.Ty), target);

            Pixels.AssertWithin(exact.Pixels, target.Pixels, 1, golden.Name);
            Assert.InRange(Bias(exact, target), -0.05, 0.05);
            if (golden.Cv)
                Pixels.AssertWithin(Golden.Bytes($"warp-{golden.Name}-cv"), target.Pixels, 2, golden.Name + " (OpenCV)");
        }
    }

    [Fact]
    public void Crop_equals_the_exact_resampling()
    {
        var source = Golden.Frame("crop-source");
        var cases = Golden.Cases<Rectangle>("crop");
        for (var i = 0; i < cases.Length; i++)
        {
            var target = Pixels.Flat(cases[i].TargetWidth, cases[i].TargetHeight, 77);
            Warper.Crop(source, cases[i].X, cases[i].Y, cases[i].Width, cases[i].Height, target);
            Pixels.AssertWithin(Golden.Bytes($"crop-{i}"), target.Pixels, 1, $"crop {i}");
        }
    }

    [Fact]
    public void Crop_of_whole_pixels_copies_them()
    {
        var source = Pixels.Noise(new Random(31), 20, 15);
        var target = Pixels.Flat(7, 6, 0);
        Warper.Crop(source, 4, 5, 7, 6, target);
        for (var y = 0; y < 6; y++)
            Pixels.AssertWithin(source.Pixels.AsSpan(((y + 5) * 20 + 4) * 3, 21), target.Pixels.AsSpan(y * 21, 21), 0, $"row {y}");
    }

    [Theory]
    [InlineData(1e30f, 0, 0, 0)]
    [InlineData(1e-15f, 0, 0, 0)]
    [InlineData(1, 0, 1e30f, 0)]
    [InlineData(1, 0, -5000, 3000)]
    public void A_picture_far_away_or_of_absurd_scale_gives_no_error(float a, float b, float tx, float ty)
    {
        var source = Pixels.Flat(20, 15, 255);
        var target = Pixels.Flat(9, 9, 77);
        Warper.Similarity(source, new SimilarityTransform(a, b, tx, ty), target);
        Assert.All(target.Pixels.Skip(3), level => Assert.True(level is 0 or 255, $"{level}"));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var source = new Frame(4, 4, PixelFormat.Bgr24);
        var target = new Frame(4, 4, PixelFormat.Bgr24);
        Assert.Throws<ArgumentException>("sourceToTarget", () => Warper.Similarity(source, default, target));
        Assert.Throws<ArgumentException>("sourceToTarget", () => Warper.Similarity(source, new SimilarityTransform(1, 0, float.NaN, 0), target));
        Assert.Throws<ArgumentException>("bgrTarget", () => Warper.Similarity(source, SimilarityTransform.Identity, source));
        Assert.Throws<ArgumentException>("width", () => Warper.Crop(source, 0, 0, 0, 1, target));
        Assert.Throws<ArgumentException>("height", () => Warper.Crop(source, 0, 0, 1, float.NaN, target));
        Assert.Throws<ArgumentException>("x", () => Warper.Crop(source, float.NaN, 0, 1, 1, target));
    }

    /// <summary>Mean difference in levels: half a level when a result is cut off instead of rounded.</summary>
    private static double Bias(Frame expected, Frame actual) => actual.Pixels.Zip(expected.Pixels, (a, e) => a - e).Average();

    internal sealed record Case(string Name, string Source, float A, float B, float Tx, float Ty, bool Cv);

    internal sealed record Rectangle(float X, float Y, float Width, float Height, int TargetWidth, int TargetHeight);
}
