using EdgeFace.Agent.Configuration;
using EdgeFace.Vision.Tracking;

namespace EdgeFace.Agent.Pipeline;

/// <summary>The tracker's two thresholds, from the detector's one.</summary>
internal static class TrackerSettings
{
    /// <summary>
    /// Findings this far below the detector's threshold still carry a track on through a blink or a turn of the head;
    /// they never begin one (ByteTrack, Zhang et al. 2022).
    /// </summary>
    public const float LowScoreShare = 0.55f;

    /// <param name="options">Of the agent.</param>
    /// <param name="detectionThreshold">Score from which on a finding counts as a face.</param>
    public static TrackerOptions From(TrackingOptions options, float detectionThreshold) => new()
    {
        HighScore = detectionThreshold,
        LowScore = detectionThreshold * LowScoreShare,
        ConfirmHits = options.ConfirmHits,
        MaxLostMs = options.MaxLostMs,
        MaxFaces = options.MaxFaces,
    };
}
