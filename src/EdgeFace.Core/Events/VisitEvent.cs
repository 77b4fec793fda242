namespace EdgeFace.Core.Events;

/// <summary>Where in a visit an event stands.</summary>
public enum VisitEventType
{
    /// <summary>The visit has been decided for the first time.</summary>
    Begin,

    /// <summary>The decision has changed.</summary>
    Update,

    /// <summary>The face has gone.</summary>
    End,
}

/// <summary>What the agent holds of a visit.</summary>
public enum VisitDecision
{
    /// <summary>Not enough of the face was seen in the time allowed.</summary>
    Undecided,

    /// <summary>Seen well enough; nobody in the gallery is similar enough.</summary>
    Unknown,

    /// <summary>A person of the gallery.</summary>
    Known,
}

/// <summary>The person that a visit was matched with.</summary>
/// <param name="Id">The gallery's identifier, stable over a change of name.</param>
public sealed record VisitPerson(Guid Id, string Name);

/// <summary>A box in pixels of the source frame.</summary>
public sealed record VisitBox(float X, float Y, float Width, float Height);

/// <summary>Size of the source frame in pixels.</summary>
public sealed record VisitFrame(int Width, int Height);

/// <summary>The models a decision was made with, as <c>name@hash</c>.</summary>
public sealed record VisitModels(string Detector, string Landmarks, string Embedder);

/// <summary>The gallery a decision was made with.</summary>
public sealed record VisitGallery(long Revision, int People);

/// <summary>The agent's semantic version and the commit it was built from (null outside a checkout).</summary>
public sealed record VisitAgent(string Version, string? Commit);

/// <summary>
/// One event of a visit, as it is published. The JSON form and the meaning of every field are in
/// <c>Schemas/visit.schema.json</c>; consumers ignore fields they do not know.
/// </summary>
public sealed record VisitEvent
{
    /// <summary>The value of <see cref="Schema"/> for this form of the event.</summary>
    public const string SchemaId = "edgeface/visit/1";

    public string Schema { get; init; } = SchemaId;

    /// <summary>UUID v7; the same when an event is delivered twice.</summary>
    public required Guid Id { get; init; }

    public required string Device { get; init; }

    public required string Camera { get; init; }

    /// <summary>UUID v7, shared by all events of one visit.</summary>
    public required Guid Visit { get; init; }

    public required VisitEventType Type { get; init; }

    public required VisitDecision Decision { get; init; }

    /// <summary>When the event was decided, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    public VisitPerson? Person { get; init; }

    /// <summary>Cosine similarity to the best person, -1..1; null when nothing was compared.</summary>
    public float? Similarity { get; init; }

    /// <summary>The highest similarity over the visit; null when nothing was compared.</summary>
    public float? BestSimilarity { get; init; }

    /// <summary>What <see cref="Similarity"/> was held against: the threshold of the person, or of the nearest one when unknown.</summary>
    public required float Threshold { get; init; }

    /// <summary>False-positive identification rate that the threshold stands for at this gallery size; null until fitted.</summary>
    public double? Fpir { get; init; }

    /// <summary>Probability that the decision is right, 0..1; null until fitted.</summary>
    public double? Probability { get; init; }

    /// <summary>Uncertainty of the embedding; null until the model gives one.</summary>
    public double? Uncertainty { get; init; }

    /// <summary>Whether the face is a live one; null until liveness is checked.</summary>
    public bool? Live { get; init; }

    /// <summary>Quality of the best frame, 0..1; null when no frame was good enough to compare.</summary>
    public float? Quality { get; init; }

    public required VisitBox Box { get; init; }

    public required VisitFrame Frame { get; init; }

    /// <summary>Frames in which the face was seen so far.</summary>
    public required int Frames { get; init; }

    /// <summary>Faces compared so far.</summary>
    public required int Faces { get; init; }

    /// <summary>Milliseconds from reading the first frame with the face to this decision.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>Milliseconds from the first to the last frame with the face, in the time of the source.</summary>
    public required double DurationMs { get; init; }

    public required VisitModels Models { get; init; }

    public required VisitGallery Gallery { get; init; }

    public required VisitAgent Agent { get; init; }
}
