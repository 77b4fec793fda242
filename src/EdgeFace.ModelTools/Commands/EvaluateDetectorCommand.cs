using System.CommandLine;
using System.Text.Json;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.ModelTools.Models;

namespace EdgeFace.ModelTools.Commands;

/// <summary>
/// <c>edgeface-models evaluate detector --model FOLDER|ONNX [--manifest FILE] --data DIR [--input-long-side N [--as-published] | --input WxH]
/// [--only PART...] [--limit N] [--threads N] [--json]</c>
/// </summary>
internal static class EvaluateDetectorCommand
{
    private const int MinSide = 32;

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model's folder, or an ONNX file with its manifest beside it.", Required = true };
        var manifest = new Option<string?>("--manifest") { Description = "For an ONNX file: its manifest; what the file tells itself (hash, outputs) may be missing." };
        var data = new Option<string>("--data") { Description = "Folder with wider/val, nonface and lfw/images; what is absent is left out.", Required = true };
        var longSide = NumberOption.Create(
            "--input-long-side", "Fit each picture so that its long side has so many pixels; without it the manifest's input size serves all.", MinSide, ModelShape.MaxSide);
        var size = new Option<string?>("--input") { Description = "Fit each picture into this input, as in 320x256." };
        var published = new Option<bool>("--as-published")
        {
            Description = "Average precision as the published figures of YuNet and its neighbours were taken (padding, scores and suppression; the report says how); needs --input-long-side.",
        };
        var only = new Option<DetectorParts[]>("--only") { Description = "Measure only these parts: wider, faceFree, portraits.", AllowMultipleArgumentsPerToken = true };
        var limit = NumberOption.Create("--limit", "Take only so many pictures of each kind: a quick look, not comparable.", 1, int.MaxValue);
        var threads = NumberOption.Threads();
        var json = CommonOptions.Json();
        var command = new Command("detector", "Average precision by WIDER FACE's protocol, false positives, portraits with a face.")
        {
            model, manifest, data, longSide, size, published, only, limit, threads, json,
        };
        command.SetAction(parsed =>
        {
            var parts = parsed.GetValue(only) is { Length: > 0 } chosen ? chosen.Aggregate((all, part) => all | part) : DetectorParts.All;
            var labelled = DetectorData.Find(parsed.GetRequiredValue(data), parts, parsed.GetValue(limit));
            var source = Detector(parsed.GetRequiredValue(model), parsed.GetValue(manifest));
            var side = parsed.GetValue(published) ? PublishedSide(parsed.GetValue(longSide)) : (int?)null;
            var rule = Rule(source, parsed.GetValue(longSide), parsed.GetValue(size));
            var options = new InferenceOptions { Threads = parsed.GetValue(threads) ?? InferenceOptions.MinThreads };
            var evaluation = new DetectorEvaluation(source, new DetectorProtocol(rule, side, parsed.GetValue(limit) is not null), options, TimeProvider.System);
            var report = ProgressBar.Show(parsed.InvocationConfiguration.Error, "pictures", progress => evaluation.Run(labelled, progress));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.DetectorReport));
            else
                DetectorReportText.Print(report, output);
            return ExitCode.Success;
        });
        return command;
    }

    /// <exception cref="InputException">The model cannot be used, or is no detector.</exception>
    public static DescribedModel Detector(string path, string? manifest)
    {
        var source = DescribedModel.Load(path, manifest);
        return source.Manifest.Kind == ModelKind.Detector ? source : throw new InputException($"{path}: is not a detector.");
    }

    private static int PublishedSide(int? longSide) => longSide ?? throw new InputException("--as-published needs --input-long-side, as in 640.");

    private static InputRule Rule(DescribedModel source, int? longSide, string? size) => (longSide, size) switch
    {
        (not null, not null) => throw new InputException("--input-long-side and --input exclude each other."),
        ({ } pixels, _) => InputRule.LongSide(pixels),
        (_, { } text) when ModelShape.Parse(text) is var (width, height) => InputRule.Fixed(width, height),
        _ => InputRule.Of(source),
    };
}
