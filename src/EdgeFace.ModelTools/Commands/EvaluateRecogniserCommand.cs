using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models evaluate recogniser --data DIR [--models DIR] [--limit N] [--threads N] [--json]</c></summary>
internal static class EvaluateRecogniserCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with pairs.txt and images/ in LFW's form.", Required = true };
        var modelsFolder = new Option<string?>("--models") { Description = "Folder of the models; those beside the program by default." };
        var limit = NumberOption.Create("--limit", "Take only so many pairs of each kind from each fold: a quick look, not comparable.", 1, int.MaxValue);
        var threads = NumberOption.Threads();
        var json = CommonOptions.Json();
        var command = new Command("recogniser", "Verification accuracy by LFW's protocol: detector, landmarks, alignment and embedder together.")
        {
            data, modelsFolder, limit, threads, json,
        };
        command.SetAction(parsed =>
        {
            using var models = FaceModels.Load(parsed.GetValue(modelsFolder), new InferenceOptions { Threads = parsed.GetValue(threads) ?? InferenceOptions.MinThreads });
            var evaluation = new RecogniserEvaluation(models, TimeProvider.System);
            var report = ProgressBar.Show(
                parsed.InvocationConfiguration.Error,
                "pictures",
                progress => evaluation.Run(parsed.GetRequiredValue(data), parsed.GetValue(limit), progress));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.RecogniserReport));
            else
                Print(report, output);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(RecogniserReport report, TextWriter output)
    {
        var text = CultureInfo.InvariantCulture;
        output.WriteLine(report.Protocol);
        output.WriteLine($"models     {string.Join(", ", report.Models)}");
        output.WriteLine($"machine    {report.Machine}");
        output.WriteLine(string.Create(text, $"pictures   {report.Pictures}, no face in {report.PicturesWithoutFace}; {report.MillisecondsPerPicture:0.0} ms each"));
        output.WriteLine(string.Create(text, $"accuracy   {report.Accuracy * 100:0.00} +- {report.AccuracyDeviation * 100:0.00} % over {report.Pairs} pairs ({report.PairsWithoutFace} without a face)"));
        foreach (var fold in report.Folds)
            output.WriteLine(string.Create(text, $"  fold {fold.Fold}   {fold.Accuracy * 100:0.00} % at cosine {fold.Threshold:0.000}"));
        output.WriteLine(string.Create(text, $"all pairs  {report.GenuinePairs} genuine, {report.ImpostorPairs} impostor"));
        foreach (var point in report.OperatingPoints)
            output.WriteLine(string.Create(text, $"  FAR {point.FalseAcceptRate:0e+0}  TAR {point.TrueAcceptRate * 100:0.00} % at cosine {point.Threshold:0.0000}"));
    }
}
