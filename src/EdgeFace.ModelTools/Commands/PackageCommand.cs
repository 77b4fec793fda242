using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.ModelTools.Models;
using EdgeFace.ModelTools.Packaging;

namespace EdgeFace.ModelTools.Commands;

/// <summary>
/// <c>edgeface-models package ONNX OUT-FOLDER --template FILE [--version V] [--licence SPDX] [--training-commit HASH] [--input WxH]
/// [--size-multiple N] [--score S] [--nms S] [--replace] [--json]</c>
/// </summary>
internal static class PackageCommand
{
    public static Command Create()
    {
        var onnx = new Argument<string>("onnx") { Description = "The model (ONNX)." };
        var folder = new Argument<string>("folder") { Description = "The model's folder to make; its name becomes the model's." };
        var template = new Option<string>("--template") { Description = "A manifest; what the model tells itself (file, hash, input's name and size, outputs) may be missing.", Required = true };
        var version = new Option<string?>("--version") { Description = "In place of the template's." };
        var licence = new Option<string?>("--licence") { Description = "SPDX identifier, in place of the template's." };
        var commit = new Option<string?>("--training-commit") { Description = "The commit of the sources that trained it." };
        var size = new Option<string?>("--input") { Description = "The input's size for a model that leaves it free, as in 320x256." };
        var multiple = NumberOption.Create(
            "--size-multiple", "Leave height and width free in the file: any multiples of this, for detectors without anchors; --input is then the default.", 1, ModelShape.MaxSide);
        var score = Share("--score", "Least score of a face, 0..1.");
        var nms = Share("--nms", "Largest overlap of two faces, 0..1.");
        var replace = new Option<bool>("--replace") { Description = "Put it in the place of the model that stands there." };
        var json = CommonOptions.Json();
        var command = new Command("package", "Make a model's folder as the agent loads it; loaded and run once before it stands.")
        {
            onnx, folder, template, version, licence, commit, size, multiple, score, nms, replace, json,
        };
        command.SetAction(parsed =>
        {
            (int, int)? input = parsed.GetValue(size) is { } text ? ModelShape.Parse(text) : null;
            var values = new PackageValues(
                parsed.GetValue(version), parsed.GetValue(licence), parsed.GetValue(commit), input, parsed.GetValue(multiple), parsed.GetValue(score), parsed.GetValue(nms));
            var report = ModelPackager.Make(
                parsed.GetRequiredValue(onnx), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(template), values, parsed.GetValue(replace));
            Print(report, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<double?> Share(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1))
                result.AddError($"{name} must be a number from 0 to 1, not '{token.Value}'.");
        });
        return option;
    }

    private static void Print(PackageReport report, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.PackageReport));
            return;
        }

        output.WriteLine($"{report.Folder}: {report.Id}, {report.Bytes} bytes, input {string.Join('x', report.Input)}; loaded and run once");
        foreach (var shape in report.Outputs)
            output.WriteLine($"  {shape}");
    }
}
