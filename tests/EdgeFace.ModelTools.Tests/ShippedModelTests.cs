using EdgeFace.ModelTools.Folding;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("detector-rfb320")]
    [InlineData("landmarks-68")]
    [InlineData("embedder-mobilefacenet")]
    public void There_is_nothing_left_to_flush_or_rewrite(string name)
    {
        var report = ModelFolder.Fold(Path(name), _folder.File("out.onnx"), FoldSteps.Flush | FoldSteps.PRelu);
        Assert.Equal((0, 0), (report.FlushedWeights, report.RewrittenPRelu));
        Assert.Equal(report.InputSha256, report.OutputSha256);
    }

    [Fact]
    public void The_embedder_computes_the_same_without_its_dead_channels()
    {
        var report = ModelFolder.Fold(Path("embedder-mobilefacenet"), _folder.File("out.onnx"), block: 1);
        Assert.True(report.Written);
        Assert.InRange(report.WorstRelativeDifference, 0, ModelFolder.Tolerance);
        Assert.Equal(10_176, report.Channels);
        Assert.Equal(2_668, report.RemovedChannels);
    }

    [Fact]
    public void What_is_left_of_the_embedder_is_whole_blocks_and_folds_no_further()
    {
        ModelFolder.Fold(Path("embedder-mobilefacenet"), _folder.File("out.onnx"));
        Assert.All(Cost.ModelCost.Measure(_folder.File("out.onnx"), null).Layers, layer => Assert.Equal(0, int.Parse(layer.Output.Split('x')[0], System.Globalization.CultureInfo.InvariantCulture) % 16));
        Assert.Equal(0, ModelFolder.Fold(_folder.File("out.onnx"), _folder.File("again.onnx")).RemovedChannels);
    }

    [Fact]
    public void The_int8_embedder_runs_in_integers_and_agrees_with_its_float_original()
    {
        var bytes = File.ReadAllBytes(Path("embedder-int8"));
        var kernels = Quantization.IntegerKernels.Read(bytes, "embedder-int8", Shape);
        Assert.Equal((83, 0), (kernels.QLinearConv, kernels.FloatConv));

        // Smooth patterns, not faces: a coarse check that nothing is swapped or scaled; accuracy on faces is in the card.
        float[][] inputs = [.. Enumerable.Range(1, 4).Select(Waves)];
        var fidelity = new Quantization.OutputFidelity(File.ReadAllBytes(Path("embedder-mobilefacenet")), "float", Shape, ["output"], inputs);
        Assert.InRange(fidelity.Measure(bytes, "int8").Cosine, 0.9, 1);
    }

    [Fact]
    public void The_slim_detector_is_small_and_wholly_in_integers()
    {
        var bytes = File.ReadAllBytes(Path("detector-slim-int8"));
        Assert.InRange(bytes.Length, 1, 400 * 1024);
        Assert.Equal((38, 0, 3), Kernels(bytes, 320, 256));
    }

    [Theory]
    [InlineData(320, 256)]
    [InlineData(416, 320)]
    [InlineData(640, 480)]
    public void The_slim_detector_with_free_sizes_is_planned_as_one_made_for_the_size(int width, int height)
    {
        var shipped = Models.DescribedModel.Load(System.IO.Path.GetDirectoryName(Path("detector-slim-int8"))!, manifest: null);
        var (other, there) = (shipped.Manifest.Input.Width == width ? 512 : width, shipped.Manifest.Input.Width == width ? 512 : height);
        // By way of another size: at its own the file is taken as it is.
        var made = Models.ModelAtSize.Make(Models.ModelAtSize.Make(shipped, other, there), width, height);
        var (free, pinned) = (Read(shipped.Bytes, width, height), Read(made.Bytes, width, height));
        Assert.Equal(pinned.Operators, free.Operators);
        // What computes with shapes is gone, since they are known.
        Assert.DoesNotContain("Shape", free.Operators.Keys);
        Assert.DoesNotContain("Gather", free.Operators.Keys);
    }

    private static (int Integer, int Float, int Conversions) Kernels(byte[] bytes, int width, int height)
        => Read(bytes, width, height) is var kernels ? (kernels.QLinearConv, kernels.FloatConv, kernels.Conversions) : default;

    private static Quantization.IntegerKernels Read(byte[] bytes, int width, int height) => Quantization.IntegerKernels.Read(bytes, "detector-slim-int8", [1, 3, height, width]);

    private static readonly int[] Shape = [1, 3, 112, 112];

    private static float[] Waves(int period)
        => [.. Enumerable.Range(0, 3 * 112 * 112).Select(i => MathF.Sin(i % 112 / (5f * period)) * MathF.Cos(i / 112 % 112 / (7f * period)))];

    private static string Path(string name) => System.IO.Path.Combine(Repository.Root, "models", name, name + ".onnx");
}
