using System.Text.Json.Serialization;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Visits;

/// <summary>The settings that a decision depends on, and nothing else: a recording carries them.</summary>
internal sealed record RecognitionPolicy
{
    /// <summary>Cosine similarity from which on a face counts as known, of people for whom the gallery says nothing else.</summary>
    public required float Threshold { get; init; }

    /// <summary>Templates of a person, nearest to the face, whose mean it is compared with; a recording of an earlier version has none: 1.</summary>
    public int NearestTemplates { get => Math.Max(1, field); init; } = 1;

    /// <summary>How the threshold follows the size of the gallery. Not recorded: a recording has the threshold that came of it.</summary>
    [JsonIgnore]
    public ThresholdRule Rule { get; init; } = ThresholdRule.Fixed;

    /// <summary>Faces of a visit that must agree on the person.</summary>
    public required int KnownAfterFaces { get; init; }

    /// <summary>Faces compared before a visit counts as unknown.</summary>
    public required int UnknownAfterFaces { get; init; }

    /// <summary>By how much another person must be more similar to take a known visit over.</summary>
    public required float SwitchMargin { get; init; }

    /// <summary>A single face may lie this much below the threshold and still agree with the fused one.</summary>
    public float VoteSlack { get; init; } = 0.08f;

    /// <summary>Below this similarity to the visit's own template a face is somebody else's: impostor pairs lie around 0.</summary>
    public float TakeoverSimilarity { get; init; } = 0.05f;

    /// <summary>As it is for a gallery of this size.</summary>
    public RecognitionPolicy For(IGallerySearch gallery)
        => Rule.ThresholdFor(gallery.Templates) is { } threshold ? this with { Threshold = threshold } : this;

    /// <summary>Faces in a row that must be somebody else's before the visit is split.</summary>
    public int TakeoverFaces { get; init; } = 3;
}
