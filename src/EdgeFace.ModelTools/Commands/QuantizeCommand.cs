using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Quantization;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models quantize MODEL OUT --calibration DIR [options]</c></summary>
internal static class QuantizeCommand
{
    private const int DefaultInputs = 192;
    private const int MaxInputs = 4096;
    private const double MaxBudget = 100;

    public static Command Create()
    {
        var input = new Argument<string>("model") { Description = "The model in float (ONNX), best folded before." };
        var output = new Argument<string>("output") { Description = "Where the int8 model goes; an existing file is replaced." };
        var calibration = new Option<string>("--calibration") { Description = "Folder of pictures such as the product will see.", Required = true };
        var manifest = new Option<string?>("--manifest") { Description = "Folder of the model package whose manifest says what the model is shown; the model's own folder by default." };
        var models = new Option<string?>("--models") { Description = "Folder of the models that find and align faces; those beside the program by default." };
        var method = new Option<RangeMethod>("--method")
        {
            Description = "How ranges are chosen: minmax, percentile or mse (default).",
            DefaultValueFactory = _ => RangeMethod.Mse,
            CustomParser = ParseMethod,
        };
        var keep = new Option<string?>("--keep-fp32") { Description = "Layers that stay in float, separated by commas." };
        var budget = new Option<double?>("--budget") { Description = $"Least signal to noise of the outputs in dB, 0..{MaxBudget}: the most sensitive layers stay in float until it holds." };
        budget.Validators.Add(result => Check(result, 0, MaxBudget, "--budget", "dB"));
        var inputs = new Option<int>("--inputs") { Description = $"The most faces or pictures to calibrate with, 1..{MaxInputs}.", DefaultValueFactory = _ => DefaultInputs };
        inputs.Validators.Add(result => Check(result, 1, MaxInputs, "--inputs", "inputs"));
        var bytes = new Option<bool>("--byte-input") { Description = "The result takes the frame's bytes, 1xHxWx3, in place of floats: for models of levels 0..255 whose first layer is in integers." };
        var json = CommonOptions.Json();
        var command = new Command("quantize", "Make an int8 model in QDQ form, and prove that each convolution becomes one integer kernel.")
        {
            input, output, calibration, manifest, models, method, keep, budget, inputs, bytes, json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(input);
            var options = new QuantizeOptions(
                parsed.GetValue(method), parsed.GetValue(keep)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                parsed.GetValue(budget), parsed.GetValue(inputs), parsed.GetValue(bytes));
            var report = Quantize(
                path, parsed.GetRequiredValue(output), parsed.GetRequiredValue(calibration), parsed.GetValue(manifest), parsed.GetValue(models), options,
                parsed.InvocationConfiguration.Error);
            Print(report, parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return report.Written ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static QuantizeReport Quantize(
        string path, string output, string calibration, string? manifestFolder, string? modelsFolder, QuantizeOptions options, TextWriter error)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file.");
        var package = manifestFolder ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!File.Exists(Path.Combine(package, ModelManifest.FileName)))
            throw new InputException($"{package}: holds no {ModelManifest.FileName}, which says what the model is shown; name the model's package with --manifest.");
        var manifest = ManifestReader.Read(Path.Combine(package, ModelManifest.FileName));
        var quantizer = new ModelQuantizer(path, manifest.Input, options);
        return ProgressBar.ShowStages(error, progress =>
        {
            var inputs = new CalibrationInputs(manifest, modelsFolder).Read(calibration, options.Inputs, (done, count) => progress("pictures", done, count));
            return quantizer.Run(output, inputs, progress);
        });
    }

    private static RangeMethod ParseMethod(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "minmax": return RangeMethod.MinMax;
            case "percentile": return RangeMethod.Percentile;
            case "mse": return RangeMethod.Mse;
            default:
                result.AddError($"--method must be minmax, percentile or mse, not '{result.Tokens[0].Value}'.");
                return default;
        }
    }

    private static void Check(OptionResult result, double least, double most, string option, string unit)
    {
        if (result.Tokens is [var token] && !(double.TryParse(token.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most))
            result.AddError($"{option} must be {least} to {most} {unit}, not '{token.Value}'.");
    }

    private static void Print(QuantizeReport report, bool json, TextWriter output, TextWriter error)
    {
        var text = CultureInfo.InvariantCulture;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.QuantizeReport));
        }
        else
        {
            output.WriteLine("layer                            SQNR alone");
            foreach (var layer in report.Layers)
                output.WriteLine(string.Create(text, $"{layer.Name,-32} {layer.Sqnr,7:0.0} dB{(layer.Float ? "  stays in float" : "")}"));
            output.WriteLine(string.Create(text, $"{report.Output}: {report.InputBytes / 1024} -> {report.OutputBytes / 1024} KB; outputs {report.Sqnr:0.0} dB, cosine {report.Cosine:0.0000} on {report.CheckInputs} inputs that ranges ({report.Method}, {report.CalibrationInputs} inputs) did not see"));
            output.WriteLine(string.Create(text, $"kernels: {report.Kernels.QLinearConv} QLinearConv of {report.IntegerConvolutions}, {report.Kernels.FloatConv} convolutions in float, {report.Kernels.Conversions} conversions left"));
            if (report.Written)
                output.WriteLine($"sha256 {report.OutputSha256}");
        }

        if (!report.Written)
            error.WriteLine(string.Create(text, $"edgeface-models: {report.Input}: {Reason(report)}; nothing was written."));
    }

    private static string Reason(QuantizeReport report)
        => report.Sqnr < report.Budget ? string.Create(CultureInfo.InvariantCulture, $"the outputs reach {report.Sqnr:0.0} dB, less than {report.Budget:0.0}")
            : report.Layers.All(layer => layer.Float) ? "every layer would stay in float"
            : $"{report.Kernels.QLinearConv} of {report.IntegerConvolutions} convolutions became integer kernels";
}
