namespace EdgeFace.ModelTools.Comparing;

/// <summary>
/// Times two models in turns, so that whatever slows the machine meets both. Within a pair the order alternates, since the
/// second run finds the caches as the first left them.
/// </summary>
internal sealed class ModelTimer(TimeProvider time)
{
    private const int WarmUp = 10;

    /// <summary>Medians of both times in milliseconds, and the ratios a / b pair by pair.</summary>
    /// <param name="pairs">At least 1.</param>
    public (double A, double B, RatioFigures Ratio) Run(Action a, Action b, int pairs)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            a();
            b();
        }

        double[] first = new double[pairs], second = new double[pairs];
        for (var i = 0; i < pairs; i++)
        {
            if (i % 2 == 0)
                (first[i], second[i]) = (Milliseconds(a), Milliseconds(b));
            else
                (second[i], first[i]) = (Milliseconds(b), Milliseconds(a));
        }

        double[] ratios = [.. first.Zip(second, (x, y) => x / y).Order()];
        var spread = new RatioFigures(Round(Quantile(ratios, 0.5)), Round(Quantile(ratios, 0.1)), Round(Quantile(ratios, 0.9)), pairs);
        return (Round(Quantile([.. first.Order()], 0.5)), Round(Quantile([.. second.Order()], 0.5)), spread);
    }

    /// <summary>Linear between the two nearest, as numpy's default.</summary>
    internal static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    private double Milliseconds(Action run)
    {
        var start = time.GetTimestamp();
        run();
        return time.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Round(double value) => Math.Round(value, 4);
}
