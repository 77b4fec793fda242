using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.TestKit;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

public sealed class SurgeryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BatchNorm_goes_into_the_convolution_before_it()
    {
        var tiny = new TinyModel().Convolve("c", "x", [2, 2, 3, 3], 1, pad: 1)
            .With("g", [2], 1.5f, -0.5f).With("b", [2], 0.1f, 2).With("m", [2], 0.3f, -0.2f).With("v", [2], 0.5f, 4).Then("BatchNormalization", "y", "c", "g", "b", "m", "v");
        var report = Fold(tiny, FoldSteps.BatchNorm);
        Assert.Equal((1, true), (report.FoldedBatchNorms, report.Written));
        Assert.Equal("Conv", Assert.Single(Folded().Node).OpType);
    }

    [Fact]
    public void BatchNorm_stays_where_others_read_the_convolution()
    {
        var tiny = new TinyModel().Convolve("c", "x", [2, 2, 1, 1], 1)
            .With("g", [2], 1, 2).With("b", [2], 1, 2).With("m", [2], 0, 0).With("v", [2], 1, 1).Then("BatchNormalization", "n", "c", "g", "b", "m", "v").Then("Add", "y", "n", "c");
        Assert.Equal(0, Fold(tiny, FoldSteps.BatchNorm).FoldedBatchNorms);
    }

    [Fact]
    public void Channels_of_zeros_leave_a_chain_of_dense_and_depthwise_convolutions()
    {
        var tiny = new TinyModel([1, 2, 6, 6]).Convolve("a", "x", [5, 2, 3, 3], 1, pad: 1).Then("Relu", "ar", "a")
            .Convolve("d", "ar", [5, 1, 3, 3], 2, group: 5, pad: 1).With("s", [5, 1, 1], 0.1f, 0.2f, 0.3f, 0.4f, 0.5f).Then("PRelu", "dr", "d", "s")
            .Convolve("y", "dr", [2, 5, 1, 1], 3);
        // Zero in front, but the depthwise bias makes a constant of it: that goes into the last bias.
        Zero(tiny, "a", 1);
        tiny.Change("d_w", w => w.AsSpan(9, 9).Clear());
        // Nobody reads channel 3.
        tiny.Change("y_w", w => (w[3], w[8]) = (0, 0));
        var report = Fold(tiny, FoldSteps.Channels);
        Assert.True(report.Written);
        Assert.Equal(4, report.RemovedChannels);
        Assert.Equal([3, 2, 3, 3], Dims("a"));
        Assert.Equal([3, 1, 3, 3], Dims("d"));
        Assert.Equal([2, 3, 1, 1], Dims("y"));
    }

    [Fact]
    public void A_residual_keeps_a_channel_that_either_side_needs()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [4, 2, 1, 1], 1).Convolve("b", "a", [4, 4, 3, 3], 2, pad: 1).Then("Add", "s", "a", "b").Convolve("y", "s", [2, 4, 1, 1], 3);
        Zero(tiny, "a", 0);
        Zero(tiny, "a", 2);
        Zero(tiny, "b", 2);
        var report = Fold(tiny, FoldSteps.Channels);
        Assert.True(report.Written);
        Assert.Equal([3, 2, 1, 1], Dims("a"));
        Assert.Equal([3, 3, 3, 3], Dims("b"));
    }

    [Fact]
    public void A_concatenation_loses_the_channels_of_its_parts()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [3, 2, 1, 1], 1).Convolve("b", "x", [2, 2, 1, 1], 2).Then("Concat", "c", "a", "b").Convolve("y", "c", [2, 5, 3, 3], 3, pad: 1);
        tiny.Model.Graph.Node[2].Set("axis", 1);
        Zero(tiny, "a", 1);
        Zero(tiny, "b", 0);
        Assert.True(Fold(tiny, FoldSteps.Channels).Written);
        Assert.Equal([2, 2, 1, 1], Dims("a"));
        Assert.Equal([1, 2, 1, 1], Dims("b"));
        Assert.Equal([2, 3, 3, 3], Dims("y"));
    }

    [Fact]
    public void A_constant_that_meets_padding_stays()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [3, 2, 1, 1], 1).Convolve("y", "a", [2, 3, 3, 3], 3, pad: 1);
        tiny.Change("a_w", w => w.AsSpan(2, 2).Clear()).Change("a_b", b => b[1] = 0.5f);
        Assert.Equal(0, Fold(tiny, FoldSteps.Channels).RemovedChannels);
    }

    [Fact]
    public void Taking_a_channel_out_may_free_the_one_before_it()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [3, 2, 1, 1], 1).Convolve("b", "a", [3, 3, 1, 1], 2).Convolve("y", "b", [2, 3, 1, 1], 3);
        // Only b's channel 0 reads a's channel 0, and nobody reads that.
        tiny.Change("b_w", w => (w[3], w[6]) = (0, 0)).Change("y_w", w => (w[0], w[3]) = (0, 0));
        Assert.Equal(2, Fold(tiny, FoldSteps.Channels).RemovedChannels);
        Assert.Equal([2, 2, 1, 1], Dims("a"));
    }

    [Fact]
    public void Whole_blocks_are_kept()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [8, 2, 1, 1], 1).Convolve("y", "a", [2, 8, 1, 1], 3);
        for (var channel = 0; channel < 5; channel++)
            Zero(tiny, "a", channel);
        Assert.Equal(4, Fold(tiny, FoldSteps.Channels, block: 4).RemovedChannels);
        Assert.Equal([4, 2, 1, 1], Dims("a"));
    }

    [Fact]
    public void A_network_that_is_dead_all_over_keeps_one_channel()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [3, 2, 1, 1], 1).Convolve("y", "a", [2, 3, 1, 1], 3).Change("a_w", w => Array.Clear(w));
        Assert.True(Fold(tiny, FoldSteps.Channels).Written);
        Assert.Equal([1, 2, 1, 1], Dims("a"));
    }

    [Fact]
    public void What_reaches_an_operator_of_other_shapes_stays()
    {
        var tiny = new TinyModel([1, 2, 4, 4]).Convolve("a", "x", [3, 2, 1, 1], 1).Then("Flatten", "y", "a");
        Zero(tiny, "a", 1);
        Assert.Equal(0, Fold(tiny, FoldSteps.Channels).RemovedChannels);
    }

    private static void Zero(TinyModel tiny, string layer, int channel)
    {
        tiny.Change(layer + "_b", b => b[channel] = 0);
        var channels = (int)tiny.Model.Graph.Initializer.First(tensor => tensor.Name == layer + "_w").Dims[0];
        tiny.Change(layer + "_w", w => w.AsSpan(channel * w.Length / channels, w.Length / channels).Clear());
    }

    private FoldReport Fold(TinyModel tiny, FoldSteps steps, int block = 1) => ModelFolder.Fold(tiny.Save(_folder.File("in.onnx")), _folder.File("out.onnx"), steps, block);

    private GraphProto Folded() => ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.File("out.onnx"))).Graph;

    private long[] Dims(string layer)
    {
        var graph = new ModelGraph(Folded());
        return graph.DimsOf(graph.ProducerOf(layer)!, 1)!;
    }
}
