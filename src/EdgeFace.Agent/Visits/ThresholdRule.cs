using EdgeFace.Core.Recognition;

namespace EdgeFace.Agent.Visits;

/// <summary>What a threshold costs at a gallery's size, and which one keeps to a wanted rate.</summary>
/// <param name="Fpir">Wanted rate of strangers who are taken for somebody; null: the threshold is fixed.</param>
/// <param name="Calibration">Of the embedder; null when it was not measured.</param>
internal sealed record ThresholdRule(double? Fpir, ScoreCalibration? Calibration)
{
    public static ThresholdRule Fixed { get; } = new(null, null);

    /// <summary>Null when the threshold does not follow the gallery.</summary>
    public float? ThresholdFor(int templates) => Fpir is { } rate && Calibration is not null ? (float)Calibration.ThresholdFor(rate, templates) : null;

    /// <summary>Null when it is not known.</summary>
    public double? FpirOf(float threshold, int templates) => Calibration?.FalsePositiveIdentificationRate(threshold, templates);
}
