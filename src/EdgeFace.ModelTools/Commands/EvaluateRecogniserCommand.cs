using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;
using Spectre.Console;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models evaluate recogniser --data DIR [--models DIR] [--limit N] [--threads N] [--json]</c></summary>
internal static class EvaluateRecogniserCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with pairs.txt and images/ in LFW's form.", Required = true };
        var modelsFolder = new Option<string?>("--models") { Description = "Folder of the models; those beside the program by default." };
        var limit = new Option<int?>("--limit") { Description = "Take only so many pairs of each kind from each fold (1 or more): a quick look, not comparable." };
        limit.Validators.Add(result => AtLeastOne(result.Tokens, "--limit", int.MaxValue, result.AddError));
        var threads = new Option<int>("--threads")
        {
            Description = $"Threads of one model run, {InferenceOptions.MinThreads}..{InferenceOptions.MaxThreads}.",
            DefaultValueFactory = _ => InferenceOptions.MinThreads,
        };
        threads.Validators.Add(result => AtLeastOne(result.Tokens, "--threads", InferenceOptions.MaxThreads, result.AddError));
        var json = CommonOptions.Json();
        var command = new Command("recogniser", "Verification accuracy by LFW's protocol: detector, landmarks, alignment and embedder together.")
        {
            data, modelsFolder, limit, threads, json,
        };
        command.SetAction(parsed =>
        {
            using var models = FaceModels.Load(parsed.GetValue(modelsFolder), new InferenceOptions { Threads = parsed.GetValue(threads) });
            var evaluation = new RecogniserEvaluation(models, TimeProvider.System);
            var report = WithProgress(
                parsed.InvocationConfiguration.Error,
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

    private static void AtLeastOne(IReadOnlyList<System.CommandLine.Parsing.Token> tokens, string option, int most, Action<string> addError)
    {
        if (tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most))
            addError($"{option} must be a whole number from 1 {(most == int.MaxValue ? "on" : $"to {most}")}, not '{token.Value}'.");
    }

    private static T WithProgress<T>(TextWriter error, Func<Action<int, int>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("pictures");
                return work((done, count) =>
                {
                    task.MaxValue = count;
                    task.Value = done;
                });
            });
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
