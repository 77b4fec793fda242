using System.Text.Json.Serialization;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Recording;

/// <summary>One face of a recorded visit and what was decided after it.</summary>
internal sealed record RecordedFace
{
    /// <summary>Name of the picture within the recording: the aligned face, losslessly.</summary>
    public required string Picture { get; init; }

    /// <summary>Milliseconds since the visit's first frame, in the time of the source.</summary>
    public required double AtMs { get; init; }

    public required float Quality { get; init; }

    public required VisitDecision Decision { get; init; }

    public Guid? PersonId { get; init; }

    public float? Similarity { get; init; }
}

/// <summary>
/// A visit as the recognise stage saw it: the aligned faces in order, the settings it decided with, and what it decided.
/// Holds faces: made only where recordings are switched on, readable by the agent's user alone.
/// </summary>
internal sealed record VisitRecording
{
    public const string SchemaId = "edgeface/recording/1";

    public string Schema { get; init; } = SchemaId;

    public required DateTimeOffset Time { get; init; }

    /// <summary>The end event as it was published.</summary>
    public required VisitEvent Event { get; init; }

    public required RecognitionPolicy Policy { get; init; }

    public required IReadOnlyList<RecordedFace> Faces { get; init; }

    /// <summary>Whether the visit had more faces than a recording holds.</summary>
    public required bool Truncated { get; init; }

    /// <summary>The aligned faces, each held once by the recording, in the order of <see cref="Faces"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<Frame> Pictures { get; init; } = [];
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(LowerCaseEnumConverter<VisitEventType>), typeof(LowerCaseEnumConverter<VisitDecision>), typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(VisitRecording))]
internal sealed partial class RecordingJson : JsonSerializerContext;
