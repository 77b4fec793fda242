using System.Text.Json;
using EdgeFace.Core;
using EdgeFace.ModelTools.Cost;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.TestKit;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

public sealed class CostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("m.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_convolution_of_64_to_128_channels_at_112_is_924_844_032()
    {
        new TinyModel([1, 64, 112, 112]).Convolve("y", "x", [128, 64, 3, 3], 1, pad: 1).Save(Model);
        var report = ModelCost.Measure(Model, null);
        Assert.Equal(924_844_032, report.Macs);
        Assert.Equal(3L * 3 * 64 * 128 + 128, report.Parameters);
        Assert.Equal("conv", Assert.Single(report.Layers).Kind);
    }

    [Fact]
    public void A_stem_of_224_with_stride_2_reads_and_writes_what_the_formula_says()
    {
        new TinyModel([1, 3, 224, 224]).Convolve("y", "x", [32, 3, 3, 3], 1, pad: 1, stride: 2).Save(Model);
        var layer = Assert.Single(ModelCost.Measure(Model, null).Layers);
        Assert.Equal((10_838_016, 401_408, 896), (layer.InputAccesses, layer.OutputAccesses, layer.WeightAccesses));
    }

    [Fact]
    public void A_dense_convolution_accesses_926_425_600()
    {
        new TinyModel([1, 256, 28, 28]).Convolve("y", "x", [512, 256, 3, 3], 1, pad: 1).Save(Model);
        Assert.Equal(926_425_600, ModelCost.Measure(Model, null).Accesses);
    }

    [Fact]
    public void Its_depthwise_separable_twin_accesses_105_303_040()
    {
        new TinyModel([1, 256, 28, 28]).Convolve("d", "x", [256, 1, 3, 3], 1, group: 256, pad: 1).Convolve("y", "d", [512, 256, 1, 1], 2).Save(Model);
        var report = ModelCost.Measure(Model, null);
        Assert.Equal(105_303_040, report.Accesses);
        Assert.Equal(["depthwise", "pointwise"], report.Layers.Select(layer => layer.Kind));
        // 9 reads a pixel against 3x3x256: the share of arithmetic in what a depthwise layer moves is far smaller.
        Assert.True(report.Layers[0].Intensity * 10 < report.Layers[1].Intensity);
    }

    [Fact]
    public void A_fully_connected_layer_multiplies_each_input_with_each_output()
    {
        var tiny = new TinyModel([1, 10, 1, 1]).With("w", [7, 10], new float[70]).With("b", [7], new float[7]).Then("Flatten", "f", "x").Then("Gemm", "y", "f", "w", "b");
        tiny.Model.Graph.Node[^1].Set("transB", 1);
        tiny.Save(Model);
        var layer = Assert.Single(ModelCost.Measure(Model, null).Layers);
        Assert.Equal(("fc", 70, 77, 70 + 7 + 77), (layer.Kind, layer.Macs, layer.Parameters, layer.Accesses));
    }

    [Fact]
    public void Intensity_is_operations_by_the_bytes_that_must_move()
    {
        // 1x1, 8 to 4 channels at 4x4: 2*512 operations; 128 + 64 + 36 numbers of 4 bytes.
        new TinyModel([1, 8, 4, 4]).Convolve("y", "x", [4, 8, 1, 1], 1).Save(Model);
        Assert.Equal(Math.Round(1024.0 / (228 * 4), 2), Assert.Single(ModelCost.Measure(Model, null).Layers).Intensity);
    }

    [Fact]
    public void Another_input_size_is_counted_as_if_the_file_had_it()
    {
        new TinyModel([1, 2, 8, 8]).Convolve("y", "x", [4, 2, 3, 3], 1, pad: 1).Save(Model);
        Assert.Equal(4 * ModelCost.Measure(Model, null).Macs, ModelCost.Measure(Model, [1, 2, 16, 16]).Macs);
    }

    [Fact]
    public void A_free_size_must_be_given()
    {
        var tiny = new TinyModel([1, 2, 8, 8]).Convolve("y", "x", [4, 2, 3, 3], 1, pad: 1);
        tiny.Model.Graph.Input[0].Type.TensorType.Shape.Dim[2] = new TensorShapeProto.Types.Dimension { DimParam = "height" };
        tiny.Save(Model);
        Refused(null, "input 'x' has a free size; give its shape with --input, as in --input 1x3x320x320.");
        Refused([1, 2, 8], "input 'x' has 4 axes, but --input gives 3.");
        Assert.Equal(72L * 64, ModelCost.Measure(Model, [1, 2, 8, 8]).Macs);
    }

    [Fact]
    public void An_unknown_operator_is_named_with_those_that_are_known()
    {
        new TinyModel().Then("Mish", "y", "x").Save(Model);
        var message = Assert.Throws<InputException>(() => ModelCost.Measure(Model, null)).Message;
        Assert.StartsWith($"{Model}: operator Mish 'y' is not known here; known are Abs, Add, ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_does_not_suit_is_refused()
    {
        new TinyModel([1, 2, 8, 8]).Convolve("y", "x", [4, 2, 3, 3], 1).Save(Model);
        Refused([1, 2, 2, 2], "Conv 'y' has a window of 3, larger than its input of 2 + 0; the input is too small.");
        Refused([1, 3, 8, 8], "Conv 'y' has weights [4, 2, 3, 3] in 1 groups, which do not fit its input [1, 3, 8, 8].");
    }

    /// <summary>The golden file comes from ONNX's own shape inference (tests/golden/models/convolutions.py).</summary>
    [Theory]
    [InlineData("detector-rfb320")]
    [InlineData("landmarks-68")]
    [InlineData("embedder-mobilefacenet")]
    public void Shipped_models_cost_what_ONNX_infers(string name)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "golden", "models", "convolutions.json")));
        var expected = golden.RootElement.GetProperty(name);
        var report = ModelCost.Measure(Path.Combine(Repository.Root, "models", name, name + ".onnx"), null);
        Assert.Equal(expected.EnumerateArray().Select(layer => (layer[0].GetString(), layer[1].GetInt64(), layer[2].GetInt64())), report.Layers.Select(layer => ((string?)layer.Output, layer.Macs, layer.Parameters)));
    }

    [SharedDataFact("reference/yunet")]
    public void YuNet_with_free_sizes_costs_what_the_one_with_fixed_sizes_does()
    {
        var folder = SharedData.Path("reference/yunet")!;
        var free = ModelCost.Measure(Path.Combine(folder, "yunet_n_dynamic.onnx"), [1, 3, 320, 320]);
        var given = ModelCost.Measure(Path.Combine(folder, "yunet_n_320_320.onnx"), null);
        Assert.Equal(given.Layers.Select(layer => (layer.Kind, layer.Macs)), free.Layers.Select(layer => (layer.Kind, layer.Macs)));
    }

    private void Refused(long[]? input, string expected)
        => Assert.Equal($"{Model}: {expected}", Assert.Throws<InputException>(() => ModelCost.Measure(Model, input)).Message);
}
