using System.Text.Json;
using EdgeFace.Core.Imaging;
using EdgeFace.ModelTools.Commands;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.ModelTools.Tests;

public sealed class QuantizeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Detector => Path.Combine(Repository.Root, "models", "detector-rfb320", "detector-rfb320.onnx");

    private static string Embedder => Path.Combine(Repository.Root, "models", "embedder-mobilefacenet", "embedder-mobilefacenet.onnx");

    private string Output => _folder.File("out.onnx");

    [Fact]
    public void A_detector_is_calibrated_on_whole_pictures_and_reported_in_JSON()
    {
        var (code, output, error) = Run("quantize", Detector, Output, "--calibration", Pictures(), "--inputs", "2", "--json");
        Assert.True(code == 0, error);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(52, report.GetProperty("kernels").GetProperty("q_linear_conv").GetInt32());
        Assert.Equal(0, report.GetProperty("kernels").GetProperty("float_conv").GetInt32());
        Assert.Equal(52, report.GetProperty("layers").GetArrayLength());
        Assert.InRange(new FileInfo(Output).Length, 1, new FileInfo(Detector).Length / 2);
    }

    [Fact]
    public void A_missing_model_is_one_line_and_2() => Refused($"{_folder.File("none.onnx")}: there is no such file.", _folder.File("none.onnx"));

    [Fact]
    public void A_model_without_a_manifest_is_one_line_and_2()
    {
        File.Copy(Detector, _folder.File("lone.onnx"));
        Refused($"{_folder.Path}: holds no manifest.json, which says what the model is shown; name the model's package with --manifest.", _folder.File("lone.onnx"));
    }

    [Theory]
    [InlineData("This is a letter.", 0)]
    [InlineData(null, 500_000)]
    public void A_model_that_is_not_ONNX_or_cut_short_is_one_line_and_2(string? text, int length)
    {
        var path = _folder.File("bad.onnx");
        File.WriteAllBytes(path, text is null ? File.ReadAllBytes(Detector)[..length] : System.Text.Encoding.ASCII.GetBytes(text));
        Refused($"{path}: not an ONNX model, or cut short; fetch the file again.", path, "--manifest", Path.GetDirectoryName(Detector)!);
    }

    [Fact]
    public void An_unknown_operator_is_one_line_and_2()
    {
        var path = new TinyModel([1, 3, 240, 320]).Convolve("a", "x", [2, 3, 1, 1], 1).Then("Mish", "y", "a").Save(_folder.File("odd.onnx"));
        var (code, _, error) = Run("quantize", path, Output, "--calibration", Pictures(), "--manifest", Path.GetDirectoryName(Detector)!);
        Assert.Equal(2, code);
        Assert.StartsWith($"edgeface-models: {path}: operator Mish 'y' is not known here; known are ", Assert.Single(Lines(error)), StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public void A_missing_calibration_folder_is_said()
        => LastLine($"{_folder.File("none")}: there is no such folder; --calibration names a folder of pictures.", Detector, _folder.File("none"));

    [Fact]
    public void An_empty_calibration_set_is_said()
    {
        var empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        LastLine($"{empty}: holds no pictures (.jpg, .jpeg, .png); calibration needs some.", Detector, empty);
    }

    [Fact]
    public void Pictures_without_a_face_do_not_calibrate_an_embedder()
        => LastLine($"{_folder.File("pictures")}: no face was found in 2 pictures; calibration needs some.", Embedder, Pictures());

    [Fact]
    public void Cost_of_bad_files_is_one_line_and_2()
    {
        File.WriteAllText(_folder.File("text.onnx"), "This is a letter.");
        foreach (var (path, expected) in new[]
        {
            (_folder.File("none.onnx"), "there is no such file."),
            (_folder.File("text.onnx"), "not an ONNX model, or cut short; fetch the file again."),
        })
        {
            var (code, output, error) = Run("cost", path);
            Assert.Equal((2, ""), (code, output));
            Assert.Equal($"edgeface-models: {path}: {expected}", Assert.Single(Lines(error)));
        }
    }

    [Fact]
    public void Cost_prints_a_table_and_JSON()
    {
        var (code, table, _) = Run("cost", Embedder);
        Assert.Equal(0, code);
        Assert.Contains("221,161,984", Lines(table)[^2], StringComparison.Ordinal);
        Assert.Equal(221_161_984, JsonDocument.Parse(Run("cost", Embedder, "--json").Output).RootElement.GetProperty("macs").GetInt64());
    }

    private string Pictures()
    {
        var folder = Directory.CreateDirectory(_folder.File("pictures")).FullName;
        var random = new Random(3);
        foreach (var name in new[] { "a.png", "b.png" })
        {
            var frame = new Frame(80, 60, PixelFormat.Bgr24);
            random.NextBytes(frame.Pixels);
            PngWriter.Write(frame, Path.Combine(folder, name));
        }

        return folder;
    }

    private void Refused(string expected, string model, params string[] more)
    {
        var (code, output, error) = Run(["quantize", model, Output, "--calibration", Pictures(), .. more]);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"edgeface-models: {expected}", Assert.Single(Lines(error)));
        Assert.False(File.Exists(Output));
    }

    /// <summary>Behind the progress bar.</summary>
    private void LastLine(string expected, string model, string calibration)
    {
        var (code, output, error) = Run("quantize", model, Output, "--calibration", calibration);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"edgeface-models: {expected}", Lines(error)[^1]);
        Assert.False(File.Exists(Output));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var code = CommandLine.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
