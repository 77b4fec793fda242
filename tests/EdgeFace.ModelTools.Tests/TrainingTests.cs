using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using EdgeFace.ModelTools.Commands;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

/// <summary>models/training on drawn heads: pictures to an int8 package that the product's detector loads.</summary>
public sealed class TrainingTests : IDisposable
{
    private const string Seconds = "24";
    private readonly TemporaryFolder _folder = new();

    private static string Training => Path.Combine(Repository.Root, "models", "training");

    public void Dispose() => _folder.Dispose();

    [PythonTorchFact]
    public void Its_own_tests_pass()
    {
        var (code, text) = Run(PythonTorchFactAttribute.Python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests");
        Assert.True(code == 0, text);
    }

    [PythonTorchFact]
    public void A_smoke_training_ends_in_an_int8_package_that_finds_drawn_heads()
    {
        var (code, text) = Run("bash", "smoke.sh", _folder.Path, Seconds);
        Assert.True(code == 0, text);

        var (onnx, template) = (_folder.File("detector.onnx"), Path.Combine(Training, "manifest.template.json"));
        Command("package", onnx, _folder.File("float"), "--template", template);
        Command("quantize", onnx, _folder.File("int8.onnx"), "--manifest", _folder.File("float"), "--calibration", _folder.File("data/wider/train"), "--inputs", "24", "--byte-input");
        Command("package", _folder.File("int8.onnx"), _folder.File("int8"), "--template", template);
        var report = JsonNode.Parse(Command("evaluate", "detector", "--model", _folder.File("int8"), "--data", _folder.File("data"), "--only", "wider", "--json"))!;
        Assert.InRange(report["wider"]!["easy"]!["average_precision"]!.GetValue<double>(), 0.3, 1);
    }

    private static string Command(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.True(CommandLine.Run(arguments, output, error) == 0, error.ToString());
        return output.ToString();
    }

    private static (int Code, string Text) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Training, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("PYTHONPATH");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        // With it the exported file is run, not only read.
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        if (SharedData.Path("reference/yunet/yunet_n_320_320.onnx") is { } teacher)
            start.Environment["FACETRAIN_TEACHER"] = teacher;
        start.Environment["FACETRAIN_ORT"] = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-" + architecture, "native", "libonnxruntime.so.1");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + errors.Result);
    }
}
