using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Comparing;
using EdgeFace.ModelTools.Models;

namespace EdgeFace.ModelTools.Commands;

/// <summary>
/// <c>edgeface-models compare A B [--input WxH] [--pairs N] [--threads N] [--data DIR [--input-long-side N]] [--at-most RATIO] [--json]</c>
/// </summary>
internal static class CompareCommand
{
    private const int DefaultPairs = 200;
    private const int MaxPairs = 1_000_000;

    public static Command Create()
    {
        var a = new Argument<string>("a") { Description = "A model's folder or ONNX file." };
        var b = new Argument<string>("b") { Description = "What it is compared with." };
        var size = new Option<string?>("--input") { Description = "Run both with this input, as in 640x480; without it each with its own." };
        var pairs = NumberOption.Create("--pairs", $"Runs of each model, {DefaultPairs} by default.", 1, MaxPairs);
        var threads = NumberOption.Threads();
        var data = new Option<string?>("--data") { Description = "Also the average precision of both detectors on wider/val in this folder." };
        var longSide = NumberOption.Create("--input-long-side", "With --data: fit each picture so that its long side has so many pixels; without it the input that is timed.", 32, ModelShape.MaxSide);
        var atMost = new Option<double?>("--at-most") { Description = "Exit code 1 when A takes more than this part of B's time, as in 0.5." };
        atMost.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio > 0 && double.IsFinite(ratio)))
                result.AddError($"--at-most must be a number above 0, not '{token.Value}'.");
        });
        var json = CommonOptions.Json();
        var command = new Command("compare", "Two models in turns in one process: time ratio, size, MACs, average precision.")
        {
            a, b, size, pairs, threads, data, longSide, atMost, json,
        };
        command.SetAction(parsed =>
        {
            (int, int)? input = parsed.GetValue(size) is { } text ? ModelShape.Parse(text) : null;
            var first = ComparedModel.Load(parsed.GetRequiredValue(a), input);
            var second = ComparedModel.Load(parsed.GetRequiredValue(b), input);
            var comparer = new ModelComparer(
                new ComparisonPlan(
                    parsed.GetValue(pairs) ?? DefaultPairs,
                    parsed.GetValue(threads) ?? InferenceOptions.MinThreads,
                    parsed.GetValue(data),
                    parsed.GetValue(longSide),
                    parsed.GetValue(atMost)),
                TimeProvider.System);
            var report = parsed.GetValue(data) is null
                ? comparer.Run(first, second, (_, _) => { })
                : ProgressBar.Show(parsed.InvocationConfiguration.Error, "pictures", progress => comparer.Run(first, second, progress));
            Print(report, parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return report.WithinBudget == false ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    private static void Print(CompareReport report, bool json, TextWriter output, TextWriter error)
    {
        var text = CultureInfo.InvariantCulture;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.CompareReport));
        }
        else
        {
            output.WriteLine($"machine  {report.Machine}");
            output.WriteLine($"         {report.Protocol}");
            Print("A", report.A, output);
            Print("B", report.B, output);
            output.WriteLine(string.Create(text, $"A / B    {report.Ratio.Median:0.000} of the time (80 % of the pairs {report.Ratio.P10:0.000} to {report.Ratio.P90:0.000})"));
            if (report.A.Precision is { } precision)
                output.WriteLine($"         {precision.Protocol}");
        }

        if (report.WithinBudget == false)
            error.WriteLine(string.Create(text, $"edgeface-models: A takes {report.Ratio.Median:0.000} of B's time, more than the {report.AtMost:0.###} allowed."));
    }

    private static void Print(string side, ComparedFigures model, TextWriter output)
    {
        var text = CultureInfo.InvariantCulture;
        var macs = model.Macs is { } count ? string.Create(text, $"{count / 1e6:0.0} M MACs") : "MACs not counted";
        var precision = model.Precision is { } ap ? string.Create(text, $", AP {ap.Easy * 100:0.00} / {ap.Medium * 100:0.00} / {ap.Hard * 100:0.00}") : "";
        output.WriteLine(string.Create(
            text, $"{side}        {model.Model}, {string.Join('x', model.Input)}: {model.MedianMilliseconds:0.000} ms, {model.Bytes / 1024.0:0.0} KB, {macs}{precision}"));
    }
}
