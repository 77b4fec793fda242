using System.Text.Json;
using EdgeFace.ModelTools.Comparing;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Model(string name) => Path.Combine(Repository.Root, "models", name);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_ratio_is_that_of_the_pairs_whatever_the_order()
    {
        var time = new ManualTimeProvider();
        var runs = new List<char>();
        void Run(char name, double milliseconds)
        {
            runs.Add(name);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        }

        var (a, b, ratio) = new ModelTimer(time).Run(() => Run('a', 3), () => Run('b', 12), pairs: 4);
        Assert.Equal((3, 12), (a, b));
        Assert.Equal(new RatioFigures(0.25, 0.25, 0.25, 4), ratio);
        Assert.Equal("abbaabba", new string([.. runs[^8..]]));
    }

    [Fact]
    public void Quantiles_are_those_of_numpy()
    {
        // numpy.quantile([1, 2, 4, 8], [0.1, 0.5, 0.9])
        double[] sorted = [1, 2, 4, 8];
        Assert.Equal(1.3, ModelTimer.Quantile(sorted, 0.1), 1e-12);
        Assert.Equal(3, ModelTimer.Quantile(sorted, 0.5), 1e-12);
        Assert.Equal(6.8, ModelTimer.Quantile(sorted, 0.9), 1e-12);
    }

    [Fact]
    public void A_small_model_takes_a_part_of_a_large_ones_time()
    {
        var (code, output, error) = Cli.Run("compare", Model("landmarks-68"), Model("embedder-mobilefacenet"), "--pairs", "15", "--at-most", "0.9", "--json");
        Assert.Equal((0, ""), (code, error));
        var report = JsonDocument.Parse(output).RootElement;
        var ratio = report.GetProperty("ratio");
        Assert.InRange(ratio.GetProperty("median").GetDouble(), 0.001, 0.9);
        Assert.InRange(ratio.GetProperty("median").GetDouble(), ratio.GetProperty("p10").GetDouble(), ratio.GetProperty("p90").GetDouble());
        Assert.Equal(new FileInfo(Path.Combine(Model("landmarks-68"), "landmarks-68.onnx")).Length, report.GetProperty("a").GetProperty("bytes").GetInt64());
        Assert.Equal([1, 3, 112, 112], report.GetProperty("b").GetProperty("input").EnumerateArray().Select(size => size.GetInt32()));
        Assert.True(report.GetProperty("within_budget").GetBoolean());
        Assert.InRange(report.GetProperty("b").GetProperty("macs").GetInt64(), 220_000_000, 223_000_000);
    }

    [Fact]
    public void A_missed_budget_is_1_with_the_reason()
    {
        var (code, output, error) = Cli.Run("compare", Model("embedder-mobilefacenet"), Model("landmarks-68"), "--pairs", "15", "--at-most", "0.5");
        Assert.Equal(1, code);
        Assert.Contains("A / B", output, StringComparison.Ordinal);
        Assert.Matches(@"^edgeface-models: A takes [0-9.]+ of B's time, more than the 0\.5 allowed\.\s*$", error);
    }

    [Fact]
    public void Both_run_at_the_size_that_is_asked_for()
    {
        new TinyModel().Then("Relu", "y", "x").Save(_folder.File("tiny.onnx"));
        var (code, output, _) = Cli.Run("compare", Model("detector-rfb320"), _folder.File("tiny.onnx"), "--input", "64x32", "--pairs", "2", "--json");
        Assert.Equal(0, code);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal([1, 3, 32, 64], report.GetProperty("a").GetProperty("input").EnumerateArray().Select(size => size.GetInt32()));
        Assert.Equal([1, 2, 32, 64], report.GetProperty("b").GetProperty("input").EnumerateArray().Select(size => size.GetInt32()));
    }

    [Fact]
    public void With_data_both_are_evaluated()
    {
        var (code, output, _) = Cli.Run("compare", Model("detector-rfb320"), Model("detector-rfb320"), "--data", DrawnData.Make(_folder), "--pairs", "2", "--json");
        Assert.Equal(0, code);
        foreach (var side in new[] { "a", "b" })
            Assert.Equal(1, JsonDocument.Parse(output).RootElement.GetProperty(side).GetProperty("precision").GetProperty("hard").GetDouble());
    }

    [Fact]
    public void Models_that_cannot_be_compared_are_said()
    {
        var none = _folder.File("none.onnx");
        Cli.Refused($"{none}: there is no such file.", "compare", none, Model("landmarks-68"));
        Cli.Refused($"{none}: there is no such file.", "compare", Model("landmarks-68"), none);
        File.WriteAllText(_folder.File("text.onnx"), "This is a letter, not a network.");
        Cli.Refused($"{_folder.File("text.onnx")}: not an ONNX model, or cut short; fetch the file again.", "compare", _folder.File("text.onnx"), Model("landmarks-68"));
        Cli.Refused("--at-most must be a number above 0, not '0'. (see --help)", "compare", "a", "b", "--at-most", "0");
        Cli.Refused(
            $"{Model("landmarks-68")}: average precision is of detectors with a manifest; leave --data out, or put manifest.json beside the file.",
            "compare", Model("landmarks-68"), Model("landmarks-68"), "--data", DrawnData.Make(_folder));
    }

    [Fact]
    public void An_operator_that_the_runtime_does_not_know_is_said()
    {
        new TinyModel().Then("NoSuchOperator", "y", "x").Save(_folder.File("odd.onnx"));
        var (code, output, error) = Cli.Run("compare", _folder.File("odd.onnx"), Model("landmarks-68"));
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"edgeface-models: {_folder.File("odd.onnx")}: ONNX Runtime does not take the model (", error, StringComparison.Ordinal);
    }
}
