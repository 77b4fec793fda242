using System.Globalization;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;

namespace EdgeFace.ModelTools.Comparing;

/// <summary>What a comparison is asked for.</summary>
/// <param name="Pairs">Runs of each model.</param>
/// <param name="Data">For the average precision of detectors; null without.</param>
/// <param name="LongSide">Input rule for the average precision; null for the size that is timed.</param>
/// <param name="AtMost">Budget for the median ratio.</param>
internal sealed record ComparisonPlan(int Pairs, int Threads, string? Data, int? LongSide, double? AtMost);

/// <summary>Compares two models in one process.</summary>
internal sealed class ModelComparer(ComparisonPlan plan, TimeProvider time)
{
    /// <param name="progress">Told the pictures done and their number; only with data.</param>
    /// <exception cref="InputException">A model or the data cannot be used.</exception>
    public CompareReport Run(ComparedModel a, ComparedModel b, Action<int, int> progress)
    {
        // Whatever can be refused is refused before the first measurement.
        var data = plan.Data is { } folder ? DetectorData.Find(folder, DetectorParts.Wider, limit: null) : null;
        if (data is not null)
        {
            RequireDetector(a);
            RequireDetector(b);
        }

        var (first, second, ratio) = Time(a, b);
        var pictures = 2 * (data?.Labelled?.Count ?? 0);
        var precisionA = data is null ? null : Precision(a, data, (done, _) => progress(done, pictures));
        var precisionB = data is null ? null : Precision(b, data, (done, _) => progress(pictures / 2 + done, pictures));
        return new CompareReport(
            string.Create(CultureInfo.InvariantCulture, $"one process, {plan.Threads} thread(s), runs in turns with the order changing, {plan.Pairs} pairs after a warm-up; ratio = A / B pair by pair"),
            Machine.Describe(),
            Figures(a, first, precisionA),
            Figures(b, second, precisionB),
            ratio,
            plan.AtMost,
            plan.AtMost is { } most ? ratio.Median <= most : null);
    }

    private (double A, double B, RatioFigures Ratio) Time(ComparedModel a, ComparedModel b)
    {
        using TimedSession first = new(a, plan.Threads), second = new(b, plan.Threads);
        return new ModelTimer(time).Run(first.Run, second.Run, plan.Pairs);
    }

    private static void RequireDetector(ComparedModel model)
    {
        if (model.Described is not { Manifest.Kind: ModelKind.Detector })
            throw new InputException($"{model.Path}: average precision is of detectors with a manifest; leave --data out, or put {ModelManifest.FileName} beside the file.");
    }

    private ComparedPrecision Precision(ComparedModel model, DetectorData data, Action<int, int> progress)
    {
        var rule = plan.LongSide is { } pixels ? InputRule.LongSide(pixels) : InputRule.Fixed(model.Shape[3], model.Shape[2]);
        var evaluation = new DetectorEvaluation(
            model.Described!, new DetectorProtocol(rule, PublishedSide: null, Limited: false), new InferenceOptions { Threads = plan.Threads }, time);
        var wider = evaluation.Run(data, progress).Wider!;
        return new ComparedPrecision(wider.Protocol, wider.Easy.AveragePrecision, wider.Medium.AveragePrecision, wider.Hard.AveragePrecision);
    }

    private static ComparedFigures Figures(ComparedModel model, double milliseconds, ComparedPrecision? precision)
        => new(model.Described?.Id ?? model.Path, model.Shape, model.FileBytes, MacCount.Of(model), milliseconds, precision);
}
