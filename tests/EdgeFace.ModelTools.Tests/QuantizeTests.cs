using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.ModelTools.Quantization;
using EdgeFace.TestKit;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

public sealed class QuantizeTests : IDisposable
{
    private static readonly QuantizeOptions Plain = new(RangeMethod.MinMax, [], null, 16);
    private readonly TemporaryFolder _folder = new();

    private string Input => _folder.File("in.onnx");

    private string Output => _folder.File("out.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_convolution_is_one_integer_kernel_and_the_outputs_are_close()
    {
        Small().Save(Input);
        var report = Quantize(Plain);
        Assert.True(report.Written);
        Assert.Equal((3, 3, 0), (report.IntegerConvolutions, report.Kernels.QLinearConv, report.Kernels.FloatConv));
        // The input becomes bytes once, the output float once.
        Assert.Equal(2, report.Kernels.Conversions);
        Assert.InRange(report.Sqnr, 25, 80);
    }

    [Fact]
    public void Weights_are_signed_bytes_for_each_channel_activations_unsigned_and_biases_int32()
    {
        Small().Save(Input);
        Quantize(Plain);
        var graph = new ModelGraph(Written());
        foreach (var node in graph.Proto.Node.Where(node => node.Is("Conv")))
        {
            Assert.Equal([Type(graph, node, 0, 2), Type(graph, node, 1, 0), Type(graph, node, 2, 0)],
                [TensorProto.Types.DataType.Uint8, TensorProto.Types.DataType.Int8, TensorProto.Types.DataType.Int32]);
            var weights = graph.ProducerOf(node.Input[1])!;
            Assert.Equal(graph.DimsOf(weights, 0)![0], graph.DimsOf(weights, 1)![0]);
            Assert.Equal(0, weights.Int("axis", -1));
            Assert.Equal("QuantizeLinear", graph.ProducerOf(graph.ProducerOf(node.Input[0])!.Input[0])!.OpType);
        }
    }

    [Fact]
    public void PRelu_becomes_an_integer_maximum_also_with_a_slope_above_1_and_after_folding()
    {
        var tiny = new TinyModel([1, 2, 8, 8]).Convolve("a", "x", [4, 2, 3, 3], 1, pad: 1).With("s", [4, 1, 1], 0.25f, -1.5f, 1.75f, 1).Then("PRelu", "p", "a", "s")
            .Convolve("y", "p", [2, 4, 3, 3], 2, pad: 1);
        tiny.Save(Input);
        Assert.True(ModelFolder.Fold(Input, _folder.File("folded.onnx"), FoldSteps.PRelu).Written);
        foreach (var path in new[] { Input, _folder.File("folded.onnx") })
        {
            var report = Quantize(Plain, path);
            Assert.True(report.Written);
            Assert.Equal((3, 3, 0, 1), (report.IntegerConvolutions, report.Kernels.QLinearConv, report.Kernels.FloatConv, report.Kernels.Operators["Max"]));
            Assert.Equal(2, report.Kernels.Conversions);
            Assert.InRange(report.Sqnr, 25, 80);
        }
    }

    [Fact]
    public void Sums_and_concatenations_are_integers_too()
    {
        var tiny = new TinyModel([1, 2, 8, 8]).Convolve("a", "x", [4, 2, 1, 1], 1).Convolve("b", "x", [4, 2, 1, 1], 2).Then("Add", "s", "a", "b").Then("Relu", "r", "s")
            .Then("Concat", "c", "r", "a").Convolve("y", "c", [2, 8, 1, 1], 3);
        tiny.Model.Graph.Node[4].Set("axis", 1);
        tiny.Save(Input);
        var operators = Quantize(Plain).Kernels.Operators;
        Assert.Equal((3, 1, 1), (operators["QLinearConv"], operators["QLinearAdd"], operators["QLinearConcat"]));
        Assert.False(operators.ContainsKey("Add") || operators.ContainsKey("Concat") || operators.ContainsKey("Relu"));
    }

    [Fact]
    public void Operators_that_only_move_values_move_bytes()
    {
        // As the exported detector enlarges a map: whole pixels are copied.
        var tiny = Blocks(8).Convolve("a", "d", [4, 8, 1, 1], 1).Then("Transpose", "t", "a").Then("Concat", "c", "t", "t").Then("Transpose", "u", "c")
            .Convolve("y", "u", [2, 8, 3, 3], 2, pad: 1);
        tiny.Model.Graph.Node[2].Set("perm", 0, 2, 3, 1);
        tiny.Model.Graph.Node[3].Set("axis", 3);
        tiny.Model.Graph.Node[4].Set("perm", 0, 3, 1, 2);
        tiny.Save(Input);
        var report = Quantize(Plain);
        Assert.True(report.Written);
        Assert.Equal((2, 2), (report.Kernels.QLinearConv, report.Kernels.Conversions));
        Assert.False(report.Kernels.Operators.ContainsKey("Concat"));
        Assert.InRange(report.Sqnr, 25, 80);
    }

    [Fact]
    public void A_clip_behind_a_layer_becomes_the_range_of_its_bytes()
    {
        var tiny = new TinyModel([1, 2, 8, 8]).Convolve("a", "x", [4, 2, 3, 3], 1, pad: 1).With("low", [], -0.25f).With("high", [], 0.5f).Then("Clip", "c", "a", "low", "high")
            .Convolve("b", "c", [4, 4, 3, 3], 2, pad: 1).Then("Clip", "y", "b", "low");
        tiny.Model.OpsetImport[0].Version = 13;
        tiny.Save(Input);
        var report = Quantize(Plain);
        Assert.True(report.Written);
        Assert.Equal((2, 2), (report.Kernels.QLinearConv, report.Kernels.Conversions));
        Assert.InRange(report.Sqnr, 25, 80);
        var graph = new ModelGraph(Written());
        Assert.DoesNotContain(graph.Proto.Node, node => node.Is("Clip"));
        var between = graph.ProducerOf(graph.Proto.Node.Last(node => node.Is("Conv")).Input[0])!;
        Assert.InRange(graph.FloatsOf(between, 1)![0], 0.7f / 255, 0.8f / 255);
    }

    [Fact]
    public void A_clip_with_a_bound_that_is_computed_stays()
    {
        var tiny = new TinyModel([1, 2, 8, 8]).Convolve("a", "x", [4, 2, 3, 3], 1, pad: 1).With("number", [], -0.25f).Then("Sigmoid", "low", "number").Then("Clip", "y", "a", "low");
        tiny.Model.OpsetImport[0].Version = 13;
        tiny.Save(Input);
        Quantize(Plain);
        Assert.Contains(Written().Node, node => node.Is("Clip"));
    }

    [Fact]
    public void A_layer_may_read_what_is_made_in_float()
    {
        new TinyModel([1, 2, 8, 8]).Then("Sigmoid", "s", "x").Convolve("y", "s", [4, 2, 3, 3], 1, pad: 1).Save(Input);
        var report = Quantize(Plain);
        Assert.True(report.Written);
        Assert.InRange(report.Sqnr, 25, 80);
    }

    [Fact]
    public void Blocks_that_do_not_fit_the_picture_are_refused()
    {
        Blocks(7).Convolve("y", "d", [4, 8, 1, 1], 1).Save(Input);
        var error = Assert.Throws<InputException>(() => Quantize(Plain));
        Assert.Contains("SpaceToDepth 'd' cannot cut [1, 2, 7, 7] into blocks of 2", error.Message, StringComparison.Ordinal);
    }

    private static TinyModel Blocks(long side)
    {
        var tiny = new TinyModel([1, 2, side, side]).Then("SpaceToDepth", "d", "x");
        tiny.Model.Graph.Node[0].Set("blocksize", 2);
        return tiny;
    }

    [Fact]
    public void A_layer_that_is_to_stay_in_float_does()
    {
        Small().Save(Input);
        var report = Quantize(Plain with { KeepFloat = ["b"] });
        Assert.True(report.Written);
        Assert.Equal((2, 1), (report.Kernels.QLinearConv, report.Kernels.FloatConv));
        Assert.Equal(["b"], report.Layers.Where(layer => layer.Float).Select(layer => layer.Name));
    }

    [Fact]
    public void A_layer_that_is_not_there_is_refused_with_those_that_are()
    {
        Small().Save(Input);
        var message = Assert.Throws<InputException>(() => Quantize(Plain with { KeepFloat = ["stem"] })).Message;
        Assert.Equal($"{Input}: has no layer 'stem' to keep in float; its layers are a, b, y.", message);
    }

    [Fact]
    public void The_budget_keeps_the_most_sensitive_layers_in_float()
    {
        Small().Save(Input);
        var all = Quantize(Plain);
        var report = Quantize(Plain with { Budget = all.Sqnr + 1 });
        Assert.True(report.Written);
        Assert.True(report.Sqnr >= all.Sqnr + 1);
        var kept = report.Layers.Where(layer => layer.Float).ToArray();
        Assert.InRange(kept.Length, 1, 2);
        Assert.All(report.Layers.Where(layer => !layer.Float), layer => Assert.True(layer.Sqnr >= kept.Max(other => other.Sqnr)));
    }

    [Fact]
    public void A_budget_that_no_integer_meets_writes_nothing()
    {
        Small().Save(Input);
        var report = Quantize(Plain with { Budget = 100 });
        Assert.False(report.Written);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes()
    {
        Small().Save(Input);
        Assert.Equal(Quantize(Plain).OutputSha256, Quantize(Plain).OutputSha256);
    }

    [Theory]
    [InlineData(nameof(RangeMethod.Percentile))]
    [InlineData(nameof(RangeMethod.Mse))]
    public void Methods_that_clip_come_close_as_well(string method)
    {
        Small().Save(Input);
        Assert.InRange(Quantize(Plain with { Method = Enum.Parse<RangeMethod>(method) }).Sqnr, 20, 80);
    }

    [Fact]
    public void A_model_without_convolutions_is_refused()
    {
        new TinyModel([1, 2, 8, 8]).Then("Relu", "y", "x").Save(Input);
        Assert.EndsWith("there is nothing to quantise.", Assert.Throws<InputException>(() => Quantize(Plain)).Message, StringComparison.Ordinal);
    }

    private static TinyModel Small()
        => new TinyModel([1, 2, 8, 8]).Convolve("a", "x", [8, 2, 3, 3], 1, pad: 1).Then("Relu", "ar", "a").Convolve("b", "ar", [8, 1, 3, 3], 2, group: 8, pad: 1).Then("Relu", "br", "b")
            .Convolve("y", "br", [2, 8, 1, 1], 3);

    private static TensorProto.Types.DataType Type(ModelGraph graph, NodeProto conv, int input, int from)
    {
        var dequantize = graph.ProducerOf(conv.Input[input])!;
        Assert.Equal("DequantizeLinear", dequantize.OpType);
        return (TensorProto.Types.DataType)graph.ConstantOf(dequantize.Input[from])!.DataType;
    }

    private QuantizeReport Quantize(QuantizeOptions options, string? path = null)
    {
        var random = new Random(7);
        float[][] inputs = [.. Enumerable.Range(0, 16).Select(_ => Enumerable.Range(0, 128).Select(_ => random.NextSingle() * 2 - 1).ToArray())];
        var input = new ModelInput { Name = "x", Shape = [1, 2, 8, 8], Layout = "NCHW", Colour = ModelColour.Rgb, Mean = 0, Scale = 1 };
        return new ModelQuantizer(path ?? Input, input, options).Run(Output, inputs, (_, _, _) => { });
    }

    private GraphProto Written() => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Output)).Graph;
}
