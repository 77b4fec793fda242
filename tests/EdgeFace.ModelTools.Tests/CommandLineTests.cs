using System.Text.Json;
using EdgeFace.ModelTools.Commands;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Shipped => Path.Combine(Repository.Root, "models", "landmarks-68", "landmarks-68.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fold_of_a_missing_file_is_one_line_and_2()
        => Refused([_folder.File("none.onnx"), _folder.File("out.onnx")], $"edgeface-models: {_folder.File("none.onnx")}: there is no such file.");

    [Fact]
    public void Fold_of_what_is_not_ONNX_is_one_line_and_2()
    {
        File.WriteAllText(_folder.File("text.onnx"), "This is a letter, not a network.");
        Refused([_folder.File("text.onnx"), _folder.File("out.onnx")], $"edgeface-models: {_folder.File("text.onnx")}: not an ONNX model, or cut short; fetch the file again.");
    }

    [Fact]
    public void Fold_of_an_empty_file_is_one_line_and_2()
    {
        File.WriteAllText(_folder.File("empty.onnx"), "");
        Refused([_folder.File("empty.onnx"), _folder.File("out.onnx")], $"edgeface-models: {_folder.File("empty.onnx")}: not an ONNX model: it holds no graph.");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(600_000)]
    [InlineData(-1)]
    public void Fold_of_a_truncated_file_is_one_line_and_2(int length)
    {
        var bytes = File.ReadAllBytes(Shipped);
        File.WriteAllBytes(_folder.File("cut.onnx"), bytes[..(length > 0 ? length : bytes.Length - 1)]);
        Refused([_folder.File("cut.onnx"), _folder.File("out.onnx")], $"edgeface-models: {_folder.File("cut.onnx")}: not an ONNX model, or cut short; fetch the file again.");
    }

    [Fact]
    public void Fold_of_a_graph_that_the_runtime_refuses_is_one_line_and_2()
    {
        new TinyModel().Then("NoSuchOperator", "y", "x").Save(_folder.File("odd.onnx"));
        var (code, _, error) = Run("fold", _folder.File("odd.onnx"), _folder.File("out.onnx"));
        Assert.Equal(2, code);
        Assert.StartsWith($"edgeface-models: {_folder.File("odd.onnx")}: ONNX Runtime does not take the model (", error, StringComparison.Ordinal);
        Assert.Single(Lines(error));
    }

    [Fact]
    public void Fold_into_a_missing_folder_is_one_line_and_2()
    {
        var (code, _, error) = Run("fold", Shipped, _folder.File("none/out.onnx"));
        Assert.Equal(2, code);
        Assert.StartsWith($"edgeface-models: {_folder.File("none/out.onnx")}: cannot be written (", error, StringComparison.Ordinal);
        Assert.Single(Lines(error));
    }

    [Fact]
    public void Fold_that_would_change_the_model_is_1_and_writes_nothing()
    {
        new TinyModel().With("w", [1], 1e-16f).With("v", [1], 1e16f).Then("Mul", "m", "x", "w").Then("Mul", "y", "m", "v").Save(_folder.File("in.onnx"));
        var (code, output, error) = Run("fold", _folder.File("in.onnx"), _folder.File("out.onnx"));
        Assert.Equal((1, ""), (code, output));
        Assert.EndsWith("more than 1.0e-5; nothing was written.", Assert.Single(Lines(error)), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.onnx")));
    }

    [Fact]
    public void Fold_reports_in_JSON()
    {
        var (code, output, error) = Run("fold", Shipped, _folder.File("out.onnx"), "--json");
        Assert.Equal((0, ""), (code, error));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.True(report.GetProperty("written").GetBoolean());
        Assert.Equal(78, report.GetProperty("output_nodes").GetInt32());
        Assert.InRange(report.GetProperty("worst_relative_difference").GetDouble(), 0, 1e-5);
    }

    [Theory]
    [InlineData("fold")]
    [InlineData("evaluate", "recogniser")]
    [InlineData("evaluate", "recogniser", "--data", "x", "--limit", "0")]
    [InlineData("evaluate", "recogniser", "--data", "x", "--threads", "17")]
    [InlineData("cost")]
    [InlineData("cost", "m.onnx", "--input", "1x3x0x320")]
    [InlineData("cost", "m.onnx", "--input", "1x3xx320")]
    [InlineData("fold", "a.onnx", "b.onnx", "--steps", "15")]
    [InlineData("fold", "a.onnx", "b.onnx", "--block", "0")]
    [InlineData("quantize", "a.onnx", "b.onnx")]
    [InlineData("quantize", "a.onnx", "b.onnx", "--calibration", "x", "--method", "best")]
    [InlineData("quantize", "a.onnx", "b.onnx", "--calibration", "x", "--budget", "-1")]
    [InlineData("quantize", "a.onnx", "b.onnx", "--calibration", "x", "--inputs", "0")]
    [InlineData("frobnicate")]
    public void Wrong_arguments_are_one_line_and_2(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.EndsWith("(see --help)", Assert.Single(Lines(error)), StringComparison.Ordinal);
    }

    [Fact]
    public void Version_names_itself_and_the_runtime()
    {
        var (code, output, _) = Run("version");
        Assert.Equal(0, code);
        Assert.Equal("edgeface-models 0.1.0 (ONNX Runtime 1.30.0)", output.Trim());
    }

    [Fact]
    public void Evaluate_without_data_is_one_line_and_2()
    {
        var (code, _, error) = Run("evaluate", "recogniser", "--data", _folder.Path);
        Assert.Equal(2, code);
        Assert.Equal($"edgeface-models: {_folder.File("pairs.txt")}: the list of pairs is missing or cannot be read.", Lines(error)[^1]);
    }

    [SharedDataFact("data/lfw")]
    public void Evaluate_measures_a_few_pairs_and_says_that_they_are_few()
    {
        var (code, output, _) = Run("evaluate", "recogniser", "--data", SharedData.Path("data/lfw")!, "--limit", "3", "--json");
        Assert.Equal(0, code);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(30, report.GetProperty("pairs").GetInt32());
        Assert.InRange(report.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.Contains("limited: not comparable", report.GetProperty("protocol").GetString(), StringComparison.Ordinal);
    }

    private static void Refused(string[] arguments, string expected)
    {
        var (code, output, error) = Run(["fold", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(expected, Assert.Single(Lines(error)));
        Assert.False(File.Exists(arguments[1]));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var code = CommandLine.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
