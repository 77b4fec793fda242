namespace EdgeFace.Vision.Tracking;

/// <summary>Settings of a <see cref="FaceTracker"/>. The defaults follow ByteTrack (Zhang et al. 2022) where it states one.</summary>
public sealed record TrackerOptions
{
    /// <summary>The least value of an option that is a score or an overlap.</summary>
    public const float MinRatio = 0.01f;

    /// <summary>The greatest value of an option that is a score or an overlap.</summary>
    public const float MaxRatio = 0.99f;

    public const int MinConfirmHits = 1;

    public const int MaxConfirmHits = 100;

    public const int LeastMaxLostMs = 100;

    public const int GreatestMaxLostMs = 60_000;

    public const int LeastMaxFaces = 1;

    public const int GreatestMaxFaces = 256;

    /// <summary>Detections from this score on are associated first and may start a track. Default 0.7.</summary>
    public float HighScore { get; init; } = 0.7f;

    /// <summary>
    /// Detections from this score on, but below <see cref="HighScore"/>, may continue a track that was seen in the update
    /// before, and never start one. Default 0.3. The detector must be run with this threshold, or they are never there.
    /// </summary>
    public float LowScore { get; init; } = 0.3f;

    /// <summary>Least overlap (IoU) of a predicted box with a high-score detection. Default 0.2.</summary>
    public float MatchIou { get; init; } = 0.2f;

    /// <summary>Least overlap (IoU) of a predicted box with a low-score detection. Default 0.5.</summary>
    public float LowMatchIou { get; init; } = 0.5f;

    /// <summary>Least overlap (IoU) of a tentative track's predicted box with a high-score detection. Default 0.3.</summary>
    public float TentativeMatchIou { get; init; } = 0.3f;

    /// <summary>How many updates in a row must see a face before its track is confirmed. Default 3 (as in SORT and DeepSORT).</summary>
    public int ConfirmHits { get; init; } = 3;

    /// <summary>
    /// How long, in milliseconds of media time since it was last seen, a track waits for its face. Default 1000. It bounds the
    /// gap between two frames too: after a longer one nobody knows whose face it is, and all tracks end. So it must be well
    /// above the time between two frames.
    /// </summary>
    public int MaxLostMs { get; init; } = 1000;

    /// <summary>
    /// How many faces of one frame are tracked, those with the best scores; the rest is ignored. Default 64. At most twice
    /// as many tracks are kept: beyond that the one that has been lost longest ends early.
    /// </summary>
    public int MaxFaces { get; init; } = 64;

    /// <summary>Every fault of these options, each a sentence; empty when they can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        CheckRatio(faults, nameof(HighScore), HighScore);
        CheckRatio(faults, nameof(LowScore), LowScore);
        CheckRatio(faults, nameof(MatchIou), MatchIou);
        CheckRatio(faults, nameof(LowMatchIou), LowMatchIou);
        CheckRatio(faults, nameof(TentativeMatchIou), TentativeMatchIou);
        CheckCount(faults, nameof(ConfirmHits), ConfirmHits, MinConfirmHits, MaxConfirmHits);
        CheckCount(faults, nameof(MaxLostMs), MaxLostMs, LeastMaxLostMs, GreatestMaxLostMs);
        CheckCount(faults, nameof(MaxFaces), MaxFaces, LeastMaxFaces, GreatestMaxFaces);
        if (LowScore > HighScore)
            faults.Add(FormattableString.Invariant($"LowScore ({LowScore}) must not be above HighScore ({HighScore})."));
        return faults;
    }

    private static void CheckRatio(List<string> faults, string name, float value)
    {
        if (!(value >= MinRatio && value <= MaxRatio))
            faults.Add(FormattableString.Invariant($"{name} must be {MinRatio} to {MaxRatio}, not {value}."));
    }

    private static void CheckCount(List<string> faults, string name, int value, int least, int greatest)
    {
        if (value < least || value > greatest)
            faults.Add(FormattableString.Invariant($"{name} must be {least} to {greatest}, not {value}."));
    }
}
