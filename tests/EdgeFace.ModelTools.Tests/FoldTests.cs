using EdgeFace.ModelTools.Folding;
using EdgeFace.TestKit;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

public sealed class FoldTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Input => _folder.File("in.onnx");

    private string Output => _folder.File("out.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_near_zero_become_zero_and_others_stay()
    {
        new TinyModel().With("w", [2, 1, 1], 1e-30f, 0.5f).With("b", [2, 1, 1], -9e-16f, 2e-15f)
            .Then("Mul", "m", "x", "w").Then("Add", "y", "m", "b").Save(Input);
        var report = ModelFolder.Fold(Input, Output);
        Assert.Equal(2, report.FlushedWeights);
        Assert.True(report.Written);
        var weights = Folded().Graph.Initializer;
        Assert.Equal([0f, 0.5f], FloatTensor.Read(weights[0]));
        Assert.Equal([0f, 2e-15f], FloatTensor.Read(weights[1]));
    }

    [Fact]
    public void Weights_in_the_typed_field_are_flushed_too()
    {
        var tiny = new TinyModel().Then("Mul", "y", "x", "w");
        tiny.Model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Float, Dims = { 2, 1, 1 }, FloatData = { 1e-40f, 3 } });
        tiny.Save(Input);
        Assert.Equal(1, ModelFolder.Fold(Input, Output).FlushedWeights);
        Assert.Equal([0f, 3f], FloatTensor.Read(Folded().Graph.Initializer[0]));
    }

    [Fact]
    public void Subnormal_weights_are_found_on_a_thread_that_takes_them_for_zeros()
    {
        new TinyModel().With("w", [2, 1, 1], 1e-40f, 3).Then("Mul", "y", "x", "w").Save(Input);
        var flushed = -1;
        var subnormalsAreZero = false;
        var thread = new Thread(() =>
        {
            FloatingPointMode.TakeSubnormalsForZeros();
            subnormalsAreZero = BitConverter.ToSingle([1, 0, 0, 0]) == 0;
            flushed = ModelFolder.Fold(Input, Output).FlushedWeights;
        });
        thread.Start();
        thread.Join();
        Assert.True(subnormalsAreZero, "the mode did not take hold: the test proves nothing");
        Assert.Equal(1, flushed);
    }

    [Fact]
    public void PRelu_becomes_Mul_Relu_and_Add_and_computes_the_same()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, -0.1f).Then("PRelu", "y", "x", "a").Save(Input);
        var report = ModelFolder.Fold(Input, Output);
        Assert.Equal(1, report.RewrittenPRelu);
        Assert.InRange(report.WorstRelativeDifference, 0, 1e-6);
        Assert.Equal(["Relu", "Mul", "Mul", "Add"], Folded().Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void Two_PRelu_with_one_slope_share_its_complement()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 0.75f).Then("PRelu", "h", "x", "a").Then("PRelu", "y", "h", "a").Save(Input);
        Assert.Equal(2, ModelFolder.Fold(Input, Output).RewrittenPRelu);
        Assert.Equal(2, Folded().Graph.Initializer.Count);
    }

    [Fact]
    public void PRelu_with_one_slope_for_all_channels_becomes_LeakyRelu()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 0.25f).Then("PRelu", "y", "x", "a").Save(Input);
        Assert.True(ModelFolder.Fold(Input, Output).Written);
        var graph = Folded().Graph;
        Assert.Equal("LeakyRelu", Assert.Single(graph.Node).OpType);
        Assert.Empty(graph.Initializer);
    }

    [Fact]
    public void PRelu_with_a_computed_slope_stays()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 0.5f).Then("Abs", "s", "a").Then("PRelu", "y", "x", "s").Save(Input);
        Assert.Equal(0, ModelFolder.Fold(Input, Output).RewrittenPRelu);
    }

    [Fact]
    public void PRelu_with_a_slope_that_a_caller_may_override_stays()
    {
        var tiny = new TinyModel().With("a", [1, 2, 4, 4], [.. Enumerable.Range(0, 32).Select(i => i / 32f)]).Then("PRelu", "y", "x", "a");
        var overridable = tiny.Model.Graph.Input[0].Clone();
        overridable.Name = "a";
        tiny.Model.Graph.Input.Add(overridable);
        Assert.Equal(0, PReluRewrite.Apply(tiny.Model));
    }

    [Fact]
    public void New_names_step_aside_for_those_that_are_taken()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 0.5f).With("a_complement", [2, 1, 1], 3, 4)
            .Then("Mul", "y_relu", "x", "a_complement").Then("PRelu", "y", "y_relu", "a").Save(Input);
        Assert.InRange(ModelFolder.Fold(Input, Output).WorstRelativeDifference, 0, 1e-6);
    }

    [Fact]
    public void A_model_that_lives_on_tiny_weights_is_not_written()
    {
        new TinyModel().With("w", [1], 1e-16f).With("v", [1], 1e16f).Then("Mul", "m", "x", "w").Then("Mul", "y", "m", "v").Save(Input);
        var report = ModelFolder.Fold(Input, Output);
        Assert.False(report.Written);
        Assert.Equal(1, report.WorstRelativeDifference, 1e-3);
        Assert.Equal([Input], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Folding_twice_gives_the_same_bytes_and_folding_again_changes_nothing()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 1e-20f).Then("PRelu", "y", "x", "a").Save(Input);
        var first = ModelFolder.Fold(Input, Output);
        Assert.Equal(first.OutputSha256, ModelFolder.Fold(Input, _folder.File("second.onnx")).OutputSha256);
        var again = ModelFolder.Fold(Output, _folder.File("again.onnx"));
        Assert.Equal((0, 0, first.OutputSha256), (again.FlushedWeights, again.RewrittenPRelu, again.OutputSha256));
    }

    [Fact]
    public void A_model_may_be_folded_onto_itself()
    {
        new TinyModel().With("a", [2, 1, 1], 0.25f, 0.5f).Then("PRelu", "y", "x", "a").Save(Input);
        Assert.True(ModelFolder.Fold(Input, Input).Written);
        Assert.Equal([Input], Directory.GetFiles(_folder.Path));
    }

    private ModelProto Folded() => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Output));
}
