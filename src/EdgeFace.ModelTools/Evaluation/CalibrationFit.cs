using EdgeFace.Core;
using EdgeFace.Core.Recognition;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Makes a <see cref="ScoreCalibration"/> of the cosines of all pairs.</summary>
internal static class CalibrationFit
{
    /// <summary>Share of the impostor pairs that the tail is fitted to.</summary>
    public const double TailShare = 1e-4;

    private const int LeastTail = 100;
    private static readonly double[] ImpostorShares = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002];
    private static readonly double[] GenuineShares = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99];

    /// <param name="impostors">Cosines of pairs of two people, falling.</param>
    /// <param name="genuine">Of one person, rising.</param>
    /// <exception cref="InputException">There are too few of them.</exception>
    public static ScoreCalibration Of(string model, string data, IReadOnlyList<float> impostors, IReadOnlyList<float> genuine)
    {
        var beyond = (int)(impostors.Count * TailShare);
        if (beyond < LeastTail || genuine.Count < 1000)
            throw new InputException($"{impostors.Count} pairs of two people and {genuine.Count} of one are too few for a calibration: it needs {LeastTail / TailShare:0} and 1000.");
        var from = Round(impostors[beyond]);
        var excesses = impostors.TakeWhile(cosine => cosine > from).Select(cosine => cosine - from).Reverse().ToArray();
        var (scale, shape) = Pareto(excesses);
        return new ScoreCalibration(
            model, data, impostors.Count, genuine.Count,
            [.. ImpostorShares.Select(share => new ScoreQuantile(share, Round(impostors[(int)(share * impostors.Count)])))],
            new ScoreTail(from, (double)excesses.Length / impostors.Count, scale, shape, excesses.Length),
            [.. GenuineShares.Select(share => new ScoreQuantile(share, Round(genuine[(int)(share * genuine.Count)]))).DistinctBy(quantile => quantile.Cosine)]);
    }

    /// <summary>
    /// Scale and shape of a generalised Pareto distribution by probability-weighted moments (Hosking and Wallis 1987, "Parameter and
    /// quantile estimation for the generalized Pareto distribution", section 3.3; their k is minus this shape).
    /// </summary>
    /// <param name="excesses">Rising, above 0.</param>
    public static (double Scale, double Shape) Pareto(IReadOnlyList<double> excesses)
    {
        double mean = 0, weighted = 0;
        for (var i = 0; i < excesses.Count; i++)
        {
            mean += excesses[i] / excesses.Count;
            weighted += excesses[i] * (1 - (i + 1 - 0.35) / excesses.Count) / excesses.Count;
        }

        var k = mean / (mean - 2 * weighted) - 2;
        return (2 * mean * weighted / (mean - 2 * weighted), -k);
    }

    private static double Round(double value) => Math.Round(value, 4);
}
