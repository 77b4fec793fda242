using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Core.Recognition;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery advise</c>: what a threshold costs as the gallery grows.</summary>
internal static class GalleryAdviseCommand
{
    /// <summary>Templates of two people that are compared, at most, to see whether this gallery is as the calibration's pictures are.</summary>
    private const int MostOwn = 2_000;
    private const int LeastOwnPairs = 10_000;
    private const double OwnRate = 1e-3;

    private static readonly int[] Sizes = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

    public static Command Create(CommandContext context, CommonOptions common)
    {
        var fpir = new Option<double>("--fpir") { Description = "Wanted rate of strangers who are taken for somebody. Default 0.01.", DefaultValueFactory = _ => 0.01, HelpName = "RATE" };
        CommonOptions.Limit(fpir, 1e-5, 0.5);
        var command = new Command("advise", "What the threshold costs as the gallery grows, and which one keeps to a rate.") { fpir };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            using var models = AgentRuntime.LoadModels(options, loggers);
            var calibration = models.Embedder.Calibration
                ?? throw new InputException($"The embedder {models.Embedder.ModelId} has no calibration: make one with 'edgeface-models evaluate recogniser --calibration'.");
            var search = GalleryAccess.Search(options, store, models.Embedder.ModelId);
            var threshold = AgentRuntime.PolicyOf(options.Recognition, models.Embedder).For(search).Threshold;
            var advice = Advise(calibration, search.Templates, threshold, parsed.GetValue(fpir), OwnScores(store, models.Embedder.ModelId));
            if (parsed.GetValue(common.Json))
                context.WriteJson(advice);
            else
                Print(context, advice);
            return ExitCode.Ok;
        });
        return command;
    }

    internal static Advice Advise(ScoreCalibration calibration, int templates, float threshold, double fpir, (long Pairs, double? Threshold) own)
    {
        var sizes = Sizes.Append(templates).Where(size => size > 0).Distinct().Order();
        return new Advice(
            calibration.Model, calibration.Data, templates, Math.Round(threshold, 4), fpir,
            [.. sizes.Select(size => RowOf(calibration, size, threshold, fpir))],
            calibration.LeastMeasuredRate, own.Pairs, own.Threshold, Math.Round(ThresholdAt(calibration, OwnRate), 4));
    }

    private static AdviceRow RowOf(ScoreCalibration calibration, int size, float threshold, double fpir)
    {
        var wanted = calibration.ThresholdFor(fpir, size);
        return new AdviceRow(
            size, Significant(calibration.FalsePositiveIdentificationRate(threshold, size)), Significant(calibration.FalseNegativeIdentificationRate(threshold, size)),
            Math.Round(wanted, 4), Significant(calibration.FalseNegativeIdentificationRate(wanted, size)), calibration.FalseMatchRate(wanted) < calibration.LeastMeasuredRate);
    }

    private static double ThresholdAt(ScoreCalibration calibration, double rate) => calibration.ThresholdFor(rate, 1);

    private static double Significant(double value) => double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The cosine that one in a thousand pairs of two people in this very gallery reaches; null when there are too few.</summary>
    private static (long Pairs, double? Threshold) OwnScores(GalleryStore store, string modelId)
    {
        var vectors = store.Templates().Where(template => template.Embedding.ModelId == modelId).DistinctBy(template => template.PersonId).Take(MostOwn).ToList();
        var scores = new List<float>();
        for (var i = 0; i < vectors.Count; i++)
        {
            for (var j = i + 1; j < vectors.Count; j++)
                scores.Add(vectors[i].Embedding.CosineTo(vectors[j].Embedding));
        }

        if (scores.Count < LeastOwnPairs)
            return (scores.Count, null);
        scores.Sort();
        return (scores.Count, Math.Round(scores[^(int)Math.Max(1, OwnRate * scores.Count)], 4));
    }

    private static void Print(CommandContext context, Advice advice)
    {
        var text = CultureInfo.InvariantCulture;
        var table = new Table().AddColumns("Templates", string.Create(text, $"FPIR at {advice.Threshold:0.000}"), "FNIR", string.Create(text, $"threshold for FPIR {advice.Fpir:0.#####}"), "FNIR", "");
        foreach (var row in advice.Sizes)
        {
            table.AddRow(
                row.Templates.ToString("N0", text) + (row.Templates == advice.Templates ? " (now)" : ""), Percent(row.Fpir), Percent(row.Fnir), row.ThresholdForFpir.ToString("0.000", text),
                Percent(row.FnirThere), row.Extrapolated ? "extrapolated" : "");
        }

        context.Console.Write(table);
        context.Console.MarkupLineInterpolated($"FPIR: strangers taken for somebody; FNIR: enrolled people not named. Of single faces: a visit needs several that agree.");
        context.Console.MarkupLineInterpolated($"From {advice.Data}. Your cameras and people differ.");
        if (advice.OwnThreshold is { } own)
            context.Console.MarkupLineInterpolated(text, $"In this gallery one in 1000 of {advice.OwnPairs} pairs of two people reaches {own:0.000}; in the calibration {advice.CalibrationThreshold:0.000}.");
    }

    private static string Percent(double share) => (100 * share).ToString("G3", CultureInfo.InvariantCulture) + " %";

    /// <param name="LeastMeasuredRate">False matches rarer than this are extrapolated.</param>
    /// <param name="OwnThreshold">What one in 1000 pairs of two people in the gallery reaches; null with too few pairs.</param>
    /// <param name="CalibrationThreshold">The same of the calibration.</param>
    internal sealed record Advice(
        string Model, string Data, int Templates, double Threshold, double Fpir, IReadOnlyList<AdviceRow> Sizes, double LeastMeasuredRate, long OwnPairs, double? OwnThreshold,
        double CalibrationThreshold);

    /// <param name="Fpir">At the threshold in use.</param>
    /// <param name="Fnir">At the threshold in use.</param>
    /// <param name="FnirThere">At the threshold for the wanted rate.</param>
    internal sealed record AdviceRow(int Templates, double Fpir, double Fnir, double ThresholdForFpir, double FnirThere, bool Extrapolated);
}
