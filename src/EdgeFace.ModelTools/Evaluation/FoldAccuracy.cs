namespace EdgeFace.ModelTools.Evaluation;

/// <summary>One fold's result: the threshold comes from the other folds.</summary>
internal sealed record FoldResult(int Fold, double Accuracy, double Threshold);

/// <summary>
/// The accuracy of LFW's protocol (image-restricted with labelled outside data): for every fold the threshold that is best
/// on the others, measured on that fold.
/// </summary>
internal static class FoldAccuracy
{
    private const int Steps = 2000;

    /// <param name="folds">Cosine similarities per fold; NaN where a picture has no face, which is wrong whatever the threshold.</param>
    public static IReadOnlyList<FoldResult> CrossValidate(IReadOnlyList<IReadOnlyList<(float Similarity, bool Same)>> folds)
    {
        var correct = folds.Select(CorrectByThreshold).ToArray();
        var results = new List<FoldResult>(folds.Count);
        for (var fold = 0; fold < folds.Count; fold++)
        {
            var others = new int[Steps + 1];
            for (var other = 0; other < folds.Count; other++)
            {
                if (other == fold)
                    continue;
                for (var step = 0; step <= Steps; step++)
                    others[step] += correct[other][step];
            }

            var best = MiddleOfBest(others);
            results.Add(new FoldResult(fold + 1, Math.Round((double)correct[fold][best] / folds[fold].Count, 6), Threshold(best)));
        }

        return results;
    }

    /// <summary>Mean and standard deviation (of a sample, n - 1).</summary>
    public static (double Mean, double Deviation) Summarize(IReadOnlyList<FoldResult> folds)
    {
        var mean = folds.Average(fold => fold.Accuracy);
        var squares = folds.Sum(fold => (fold.Accuracy - mean) * (fold.Accuracy - mean));
        return (mean, folds.Count > 1 ? Math.Sqrt(squares / (folds.Count - 1)) : 0);
    }

    private static double Threshold(int step) => Math.Round(-1 + step * (2.0 / Steps), 3);

    private static int[] CorrectByThreshold(IReadOnlyList<(float Similarity, bool Same)> pairs)
    {
        var correct = new int[Steps + 1];
        foreach (var (similarity, same) in pairs)
        {
            for (var step = 0; step <= Steps; step++)
            {
                if (!float.IsNaN(similarity) && (similarity >= Threshold(step)) == same)
                    correct[step]++;
            }
        }

        return correct;
    }

    /// <summary>Several thresholds are equally good as a rule; the middle one is as far from either error as can be.</summary>
    private static int MiddleOfBest(int[] correct)
    {
        var most = correct.Max();
        var best = Enumerable.Range(0, correct.Length).Where(step => correct[step] == most).ToArray();
        return best[best.Length / 2];
    }
}
