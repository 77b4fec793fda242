using EdgeFace.Core;
using EdgeFace.ModelTools.Models;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class ModelAtSizeTests
{
    private static readonly DescribedModel Rfb = DescribedModel.Load(Path.Combine(Repository.Root, "models", "detector-rfb320"), manifest: null);

    [Fact]
    public void The_own_size_leaves_the_file_as_it_is()
        => Assert.Same(Rfb, ModelAtSize.Make(Rfb, 320, 240));

    [Fact]
    public void Another_size_changes_shapes_and_priors_only()
    {
        var large = ModelAtSize.Make(Rfb, 640, 480);
        Assert.Equal([1, 3, 480, 640], large.Manifest.Input.Shape);
        Assert.Equal([1, 17_640, 2], large.Manifest.Outputs[0].Shape);
        Assert.Equal([1, 17_640, 4], large.Manifest.Outputs[1].Shape);
        // There and back again is the same network.
        var back = ModelAtSize.Make(large, 320, 240);
        Assert.Equal(0, Folding.ModelComparison.WorstRelativeDifference(Rfb.Bytes, back.Bytes, "rfb"), 1e-6);
    }

    [Fact]
    public void Priors_by_hand()
    {
        var (centres, sizes) = RfbPriors.Make(320, 240);
        Assert.Equal(2 * 4420, centres.Length);
        Assert.Equal([0.5f / 40, 0.5f / 30], centres[..2]);
        Assert.Equal([10f / 320, 10f / 240, 16f / 320, 16f / 240, 24f / 320, 24f / 240, 10f / 320], sizes[..7]);
        // The last cell of stride 64 (5 x 4): 256 pixels are more than the input is high.
        Assert.Equal([4.5f / 5, 3.5f / 4], centres[^2..]);
        Assert.Equal([256f / 320, 1], sizes[^2..]);
    }

    [Fact]
    public void A_model_without_the_priors_is_said()
    {
        var tiny = new TinyModel().Then("Relu", "y", "x").Bytes;
        var other = Rfb with { Path = "tiny.onnx", Bytes = tiny, Manifest = Rfb.Manifest with { Input = Rfb.Manifest.Input with { Name = "x" } } };
        Assert.Equal(
            "tiny.onnx: the priors of 320x240 are not in it, so it cannot be run at 640x480.",
            Assert.Throws<InputException>(() => ModelAtSize.Make(other, 640, 480)).Message);
    }

    [Theory]
    [InlineData("320x256", 320, 256)]
    [InlineData("1x3x256x320", 320, 256)]
    [InlineData("1x1x64x96", 96, 64)]
    public void Sizes_are_read_in_both_forms(string text, int width, int height)
        => Assert.Equal((width, height), ModelShape.Parse(text));

    [Theory]
    [InlineData("320")]
    [InlineData("320x")]
    [InlineData("320x0")]
    [InlineData("2x3x256x320")]
    [InlineData("1x3x256x9999")]
    [InlineData("-1x3")]
    public void Other_sizes_are_refused(string text)
        => Assert.Throws<InputException>(() => ModelShape.Parse(text));
}
