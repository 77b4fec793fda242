using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFace.Core.Recognition;

/// <summary>A point of a distribution of cosines.</summary>
/// <param name="Share">Impostors: at or above the cosine; genuine pairs: below it. 0..1.</param>
/// <param name="Cosine">-1..1.</param>
public sealed record ScoreQuantile(double Share, double Cosine);

/// <summary>
/// The impostors' tail: above <paramref name="From"/> the excess is taken to follow a generalised Pareto distribution (Pickands 1975;
/// Coles 2001, "An Introduction to Statistical Modeling of Extreme Values", section 4.2).
/// </summary>
/// <param name="From">Cosine where it begins.</param>
/// <param name="Share">Of the impostor pairs that lie above.</param>
/// <param name="Scale">Above 0.</param>
/// <param name="Shape">Below 0 the tail ends somewhere, at 0 it is exponential, above it is heavier.</param>
/// <param name="Pairs">That it was fitted to.</param>
public sealed record ScoreTail(double From, double Share, double Scale, double Shape, int Pairs);

/// <summary>
/// What thresholds of an embedder cost, measured on one set of pictures: no face and no vector is in it. With it a threshold becomes
/// the rate at which strangers are taken for somebody of a gallery of so many templates (ISO/IEC 19795-1: FPIR), and the other way
/// round. Another camera, light or population has other rates.
/// </summary>
/// <param name="Model">The embedder, name and hash; another one has other cosines.</param>
/// <param name="Data">What was measured.</param>
/// <param name="ImpostorPairs">Pairs of two people.</param>
/// <param name="GenuinePairs">Pairs of one person.</param>
/// <param name="Impostors">By falling share.</param>
/// <param name="Tail">Beyond the quantiles.</param>
/// <param name="Genuine">By rising share.</param>
public sealed record ScoreCalibration(
    string Model, string Data, long ImpostorPairs, long GenuinePairs, IReadOnlyList<ScoreQuantile> Impostors, ScoreTail Tail, IReadOnlyList<ScoreQuantile> Genuine)
{
    /// <summary>File name beside the model's manifest.</summary>
    public const string FileName = "calibration.json";

    /// <summary>With fewer pairs beyond it, a threshold's rate is extrapolated.</summary>
    private const int LeastPairs = 10;

    /// <summary>The rate of false matches below which this calibration only extrapolates.</summary>
    [JsonIgnore]
    public double LeastMeasuredRate => (double)LeastPairs / ImpostorPairs;

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="InputException">It is none, or of another model.</exception>
    public static ScoreCalibration? Read(string path, string model)
    {
        if (!File.Exists(path))
            return null;
        ScoreCalibration? calibration;
        try
        {
            calibration = JsonSerializer.Deserialize(File.ReadAllBytes(path), CalibrationJson.Default.ScoreCalibration);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the calibration cannot be read: make it again with 'edgeface-models evaluate recogniser --calibration'.", error);
        }

        if (calibration is null || !calibration.IsSound())
            throw new InputException($"{path}: the calibration makes no sense: make it again with 'edgeface-models evaluate recogniser --calibration'.");
        return calibration.Model == model
            ? calibration
            : throw new InputException($"{path}: the calibration is of {calibration.Model}, the model is {model}: make it again with 'edgeface-models evaluate recogniser --calibration'.");
    }

    /// <summary>Indented JSON.</summary>
    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, CalibrationJson.Default.ScoreCalibration), (byte)'\n'];

    /// <summary>Rate at which two people are at least so similar (FMR), 0..1.</summary>
    public double FalseMatchRate(double threshold)
    {
        if (threshold >= Tail.From)
        {
            var excess = (threshold - Tail.From) / Tail.Scale;
            var left = Math.Abs(Tail.Shape) < 1e-9 ? Math.Exp(-excess) : Math.Pow(Math.Max(0, 1 + Tail.Shape * excess), -1 / Tail.Shape);
            return Tail.Share * left;
        }

        var last = Impostors[0];
        if (threshold <= last.Cosine)
            return last.Share;
        foreach (var next in Impostors.Append(new ScoreQuantile(Tail.Share, Tail.From)))
        {
            if (threshold <= next.Cosine)
                return Math.Exp(Between(threshold, last.Cosine, next.Cosine, Math.Log(last.Share), Math.Log(next.Share)));
            last = next;
        }

        return Tail.Share;
    }

    /// <summary>Rate at which a person is less similar to a picture of themselves (FNMR), 0..1: of one picture against one.</summary>
    public double FalseNonMatchRate(double threshold)
    {
        var last = new ScoreQuantile(0, -1);
        foreach (var next in Genuine)
        {
            if (threshold <= next.Cosine)
                return Between(threshold, last.Cosine, next.Cosine, last.Share, next.Share);
            last = next;
        }

        return Between(threshold, last.Cosine, 1, last.Share, 1);
    }

    /// <summary>
    /// Rate at which a stranger is taken for somebody in a gallery of so many templates, 0..1: 1 - (1 - FMR)^N, as if comparisons were
    /// independent (Grother et al., NISTIR 8271, section 3). Several templates of one person are alike: then it is less.
    /// </summary>
    public double FalsePositiveIdentificationRate(double threshold, int templates)
        => templates <= 0 ? 0 : 1 - Math.Exp(templates * Math.Log(1 - Math.Min(FalseMatchRate(threshold), 1 - 1e-12)));

    /// <summary>Rate at which somebody enrolled with one picture is not named, 0..1: not similar enough, or a stranger is more similar.</summary>
    public double FalseNegativeIdentificationRate(double threshold, int templates)
    {
        // Over the genuine scores: named only if every other template of the gallery is less similar.
        const int Steps = 400;
        double named = 0;
        for (var i = 0; i < Steps; i++)
        {
            var (low, high) = (threshold + (1 - threshold) * i / Steps, threshold + (1 - threshold) * (i + 1) / Steps);
            var share = FalseNonMatchRate(high) - FalseNonMatchRate(low);
            named += share * (1 - FalsePositiveIdentificationRate((low + high) / 2, templates - 1));
        }

        return Math.Clamp(1 - named, 0, 1);
    }

    /// <summary>The least threshold that keeps to a rate (FPIR) in a gallery of so many templates; at most 1.</summary>
    public double ThresholdFor(double rate, int templates)
    {
        var (low, high) = (-1.0, 1.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = FalsePositiveIdentificationRate(middle, Math.Max(1, templates)) > rate ? (middle, high) : (low, middle);
        }

        return high;
    }

    private static double Between(double x, double x0, double x1, double y0, double y1) => x1 <= x0 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0);

    private bool IsSound()
    {
        if (Model is null || Impostors is not { Count: >= 2 } || Genuine is not { Count: >= 2 } || Tail is not { Scale: > 0, Share: > 0 and < 1 } || ImpostorPairs < 1000)
            return false;
        var impostors = Impostors.Append(new ScoreQuantile(Tail.Share, Tail.From)).ToList();
        return Rises(impostors.ConvertAll(entry => entry.Cosine)) && Rises(impostors.ConvertAll(entry => -entry.Share)) && impostors.TrueForAll(entry => entry.Share > 0 && entry.Share <= 1)
            && Rises(Genuine.Select(entry => entry.Cosine)) && Rises(Genuine.Select(entry => entry.Share)) && Genuine.All(entry => entry.Share is >= 0 and <= 1);
    }

    private static bool Rises(IEnumerable<double> values)
    {
        var list = values.ToList();
        return list.TrueForAll(double.IsFinite) && list.Zip(list.Skip(1)).All(pair => pair.First < pair.Second);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ScoreCalibration))]
internal sealed partial class CalibrationJson : JsonSerializerContext;
