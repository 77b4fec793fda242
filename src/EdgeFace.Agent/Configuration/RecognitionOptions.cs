using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Configuration;

/// <summary>When a face counts as known, as unknown, or as undecided.</summary>
internal sealed record RecognitionOptions
{
    public const int MaxFaces = 64;

    /// <summary>Cosine similarity from which on a face counts as known; null takes the embedder's own; default null.</summary>
    [Range(-1.0, 1.0)]
    [Description("Cosine similarity from which on a face counts as known; null takes the embedder's own.")]
    public double? Threshold { get; init; }

    /// <summary>
    /// Rate at which a stranger's single face may be taken for somebody; the threshold then follows the size of the gallery; null: it
    /// does not; default null. Instead of <see cref="Threshold"/>.
    /// </summary>
    [Range(0.00001, 0.5)]
    [Description("Rate at which a stranger's single face may be taken for somebody; the threshold then follows the size of the gallery.")]
    public double? Fpir { get; init; }

    /// <summary>
    /// Templates of a person, nearest to the face, whose mean it is compared with; 1: the best one alone; 1..10; default 3, which missed
    /// fewest people at equal false positives (<c>edgeface-models evaluate recogniser --identification</c>).
    /// </summary>
    [Range(1, IGallerySearch.MostNearest)]
    [Description("Templates of a person, nearest to the face, whose mean it is compared with; 1: the best one alone.")]
    public int NearestTemplates { get; init; } = 3;

    /// <summary>Score from which on the detector's finding counts as a face; null takes the detector's own; default null.</summary>
    [Range(0.05, 0.999)]
    [RestartRequired]
    public double? DetectionThreshold { get; init; }

    /// <summary>Shorter side of a face from which on it is compared, in pixels; default 40.</summary>
    [Range(16, 2000)]
    public int MinFacePixels { get; init; } = 40;

    /// <summary>Quality from which on a face is compared, 0..1; default 0.25.</summary>
    [Range(0.0, 1.0)]
    public double MinQuality { get; init; } = 0.25;

    /// <summary>Faces of a visit that must agree before it counts as known; default 2.</summary>
    [Range(1, MaxFaces)]
    public int KnownAfterFaces { get; init; } = 2;

    /// <summary>Faces of a visit that must have been compared before it counts as unknown; default 5.</summary>
    [Range(1, MaxFaces)]
    public int UnknownAfterFaces { get; init; } = 5;

    /// <summary>Milliseconds after which a visit is reported as it stands, decided or not; default 4000.</summary>
    [Range(200, 600_000)]
    public int UndecidedAfterMs { get; init; } = 4_000;

    /// <summary>Least pause between two comparisons of a visit that is not decided, in milliseconds; default 80.</summary>
    [Range(0, 60_000)]
    public int CompareIntervalMs { get; init; } = 80;

    /// <summary>Pause between two comparisons of a visit that is decided, in milliseconds; default 1000.</summary>
    [Range(0, 600_000)]
    public int RecheckIntervalMs { get; init; } = 1_000;

    /// <summary>By how much another person must be more similar before a known visit changes its person; default 0.08.</summary>
    [Range(0.0, 1.0)]
    public double SwitchMargin { get; init; } = 0.08;
}

/// <summary>How faces are followed from frame to frame.</summary>
internal sealed record TrackingOptions
{
    /// <summary>Milliseconds that a face may be out of sight before its visit ends; default 1500.</summary>
    [Range(100, 60_000)]
    public int MaxLostMs { get; init; } = 1_500;

    /// <summary>Frames in a row in which a face must be found before it is followed; default 2.</summary>
    [Range(1, 30)]
    public int ConfirmHits { get; init; } = 2;

    /// <summary>Faces followed at once; default 32.</summary>
    [Range(1, 256)]
    public int MaxFaces { get; init; } = 32;
}

/// <summary>The queues between the stages.</summary>
internal sealed record PipelineOptions
{
    /// <summary>Frames that wait for the detector; default 2.</summary>
    [Range(1, 64)]
    public int DetectQueue { get; init; } = 2;

    /// <summary>Frames with faces that wait for the tracker; default 2.</summary>
    [Range(1, 64)]
    public int TrackQueue { get; init; } = 2;

    /// <summary>Faces and ends of visits that wait to be compared; default 32.</summary>
    [Range(4, 1024)]
    public int RecognizeQueue { get; init; } = 32;

    /// <summary>Events that wait to be written to the outbox; default 256.</summary>
    [Range(8, 4096)]
    public int PublishQueue { get; init; } = 256;
}
