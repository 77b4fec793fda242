using System.Globalization;
using System.Text.Json;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class EvaluateDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Rfb => Path.Combine(Repository.Root, "models", "detector-rfb320");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("input 320x240")]
    [InlineData("long side 640, sides padded to multiples of 32", "--input-long-side", "640")]
    [InlineData("input 352x224", "--input", "352x224")]
    [InlineData("long side 640, sides padded to multiples of 32", "--input-long-side", "640", "--as-published")]
    public void Drawn_faces_are_found_and_counted(string protocol, params string[] size)
    {
        var (code, output, _) = Cli.Run(["evaluate", "detector", "--model", Rfb, "--data", DrawnData.Make(_folder), "--json", .. size]);
        Assert.Equal(0, code);
        var report = JsonDocument.Parse(output).RootElement;
        var wider = report.GetProperty("wider");
        Assert.Equal((1, 1.0), Set(wider, "easy"));
        Assert.Equal((2, 1.0), Set(wider, "hard"));
        Assert.Equal([0, 0, 1, 1, 0], wider.GetProperty("by_size").EnumerateArray().Select(size => size.GetProperty("faces").GetInt32()));
        Assert.Equal(2, report.GetProperty("face_free").GetProperty("false_positives").GetInt32());
        Assert.Equal(2000, report.GetProperty("face_free").GetProperty("false_positives_per1000").GetDouble());
        Assert.Equal(1, report.GetProperty("portraits").GetProperty("share_with_face").GetDouble());
        foreach (var part in new[] { "wider", "face_free", "portraits" })
            Assert.Contains(protocol, report.GetProperty(part).GetProperty("protocol").GetString(), StringComparison.Ordinal);
        Assert.Equal("landmark error: no labelled points (landmarks.csv)", Assert.Single(report.GetProperty("left_out").EnumerateArray()).GetString());
        var at = report.GetProperty("thresholds").EnumerateArray().Single(at => at.GetProperty("threshold").GetDouble() == 0.7);
        Assert.Equal((2, 1.0), (at.GetProperty("false_positives").GetInt32(), at.GetProperty("recall").GetDouble()));
        Assert.Equal(["0 of 0", "0 of 0", "1 of 1", "1 of 1", "0 of 0"], at.GetProperty("recall_by_size").EnumerateArray().Select(Covered));
    }

    [Fact]
    public void The_least_threshold_without_a_false_positive_is_among_those_measured()
    {
        var slim = Path.Combine(Repository.Root, "models", "detector-slim-int8");
        var data = DrawnData.Make(_folder);
        var (code, output, _) = Cli.Run("evaluate", "detector", "--model", slim, "--data", data, "--only", "faceFree", "--json");
        Assert.Equal(0, code);
        var rows = JsonDocument.Parse(output).RootElement.GetProperty("thresholds").EnumerateArray()
            .Select(at => (Threshold: at.GetProperty("threshold").GetDouble(), Positives: at.GetProperty("false_positives").GetInt32())).ToArray();
        Assert.Equal(rows.OrderBy(row => row.Threshold), rows);
        var least = rows.First(row => row.Positives == 0).Threshold;
        Assert.Equal(least, Math.Round(least, 2));
        // A hundredth below, one face of the drawn picture still counts.
        Cli.Run("package", Path.Combine(slim, "detector-slim-int8.onnx"), _folder.File("lower"), "--template", Path.Combine(slim, "manifest.json"), "--score", (least - 0.01).ToString("0.00", CultureInfo.InvariantCulture));
        (_, output, _) = Cli.Run("evaluate", "detector", "--model", _folder.File("lower"), "--data", data, "--only", "faceFree", "--json");
        Assert.InRange(JsonDocument.Parse(output).RootElement.GetProperty("face_free").GetProperty("false_positives").GetInt32(), 1, 2);
    }

    [Fact]
    public void What_was_not_measured_is_said()
    {
        var data = DrawnData.Make(_folder);
        Directory.Delete(Path.Combine(data, "nonface"), recursive: true);
        var (code, output, _) = Cli.Run("evaluate", "detector", "--model", Rfb, "--data", data, "--only", "faceFree", "wider", "--limit", "1");
        Assert.Equal(0, code);
        Assert.Contains($"left out   false positives: {Path.Combine(data, "nonface")} is missing", output, StringComparison.Ordinal);
        Assert.Contains("left out   portraits with a face: not asked for", output, StringComparison.Ordinal);
        Assert.Contains("limited: not comparable", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_its_manifest_is_measured_like_its_folder()
    {
        File.Copy(Path.Combine(Rfb, "detector-rfb320.onnx"), _folder.File("model.onnx"));
        var (code, output, _) = Cli.Run(
            "evaluate", "detector", "--model", _folder.File("model.onnx"), "--manifest", Path.Combine(Rfb, "manifest.json"), "--data", DrawnData.Make(_folder), "--only", "wider", "--json");
        Assert.Equal(0, code);
        Assert.Equal((2, 1.0), Set(JsonDocument.Parse(output).RootElement.GetProperty("wider"), "hard"));
    }

    [Fact]
    public void Published_figures_need_a_long_side()
        => Refused("--as-published needs --input-long-side, as in 640.", "--model", Rfb, "--data", DrawnData.Make(_folder), "--as-published");

    [Fact]
    public void Missing_things_are_said()
    {
        var data = DrawnData.Make(_folder);
        var none = _folder.File("none");
        Refused($"{none}: there is no such data folder.", "--model", Rfb, "--data", none);
        Refused($"{none}.onnx: there is no such file.", "--model", none + ".onnx", "--data", data);
        Refused($"{_folder.Path}: holds nothing to measure on: neither wider/val nor nonface nor lfw/images of those that were asked for.", "--model", Rfb, "--data", _folder.Path);
        Refused($"{none}: the manifest is missing or cannot be read.", "--model", Path.Combine(Rfb, "detector-rfb320.onnx"), "--manifest", none, "--data", data);
    }

    [Fact]
    public void Files_that_are_no_models_are_said()
    {
        var data = DrawnData.Make(_folder);
        File.WriteAllText(_folder.File("text.onnx"), "This is a letter, not a network.");
        Refused($"{_folder.File("text.onnx")}: not an ONNX model, or cut short; fetch the file again.", "--model", _folder.File("text.onnx"), "--data", data);
        File.WriteAllBytes(_folder.File("cut.onnx"), File.ReadAllBytes(Path.Combine(Rfb, "detector-rfb320.onnx"))[..5000]);
        Refused($"{_folder.File("cut.onnx")}: not an ONNX model, or cut short; fetch the file again.", "--model", _folder.File("cut.onnx"), "--data", data);
        new TinyModel().Then("Relu", "y", "x").Save(_folder.File("tiny.onnx"));
        Refused($"{_folder.File("tiny.onnx")}: has no manifest: name one with --manifest, or put manifest.json beside it.", "--model", _folder.File("tiny.onnx"), "--data", data);
    }

    [Fact]
    public void Models_that_are_no_detectors_are_said()
    {
        var landmarks = Path.Combine(Repository.Root, "models", "landmarks-68");
        Refused($"{landmarks}: is not a detector.", "--model", landmarks, "--data", DrawnData.Make(_folder));
    }

    [Fact]
    public void Sizes_that_cannot_be_are_said()
    {
        var data = DrawnData.Make(_folder);
        Refused("'320' is no input size: it must look like 1x3x240x320 or 320x240, with sides of 1..4096.", "--model", Rfb, "--data", data, "--input", "320");
        Refused("--input-long-side and --input exclude each other.", "--model", Rfb, "--data", data, "--input", "320x240", "--input-long-side", "320");
        Refused("--input-long-side must be a whole number from 32 to 4096, not '16'. (see --help)", "--model", Rfb, "--data", data, "--input-long-side", "16");
    }

    private static void Refused(string expected, params string[] arguments) => Cli.Refused(expected, ["evaluate", "detector", .. arguments]);

    private static string Covered(JsonElement size)
        => $"{(size.GetProperty("recall") is { ValueKind: JsonValueKind.Number } share ? share.GetDouble() * size.GetProperty("faces").GetInt32() : 0)} of {size.GetProperty("faces")}";

    private static (int Faces, double Precision) Set(JsonElement wider, string set)
        => (wider.GetProperty(set).GetProperty("faces").GetInt32(), wider.GetProperty(set).GetProperty("average_precision").GetDouble());
}
