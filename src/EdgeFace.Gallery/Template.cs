using EdgeFace.Core.Faces;

namespace EdgeFace.Gallery;

/// <summary>One enrolled face of a person.</summary>
/// <param name="Id">Of the template.</param>
/// <param name="PersonId">Whose face it is.</param>
/// <param name="Embedding">Unit vector in the space of one model.</param>
/// <param name="Quality">0..1, of the picture it was made from.</param>
/// <param name="Sigma">Uncertainty of the embedding, 0 or more; null when the model gives none.</param>
/// <param name="CreatedAt">Whole milliseconds, UTC.</param>
/// <param name="Source">Where it came from, such as a file's name.</param>
public sealed record Template(
    Guid Id, Guid PersonId, Embedding Embedding, float Quality, float? Sigma, DateTimeOffset CreatedAt, string Source)
{
    /// <summary>The ids alone: neither the vector nor the source, which may hold a name, belongs into a log.</summary>
    public override string ToString() => $"Template {Id} of person {PersonId}";
}

/// <summary>A face to enrol.</summary>
/// <param name="Embedding">Unit vector in the space of one model.</param>
/// <param name="Quality">0..1.</param>
/// <param name="Sigma">Uncertainty of the embedding, 0 or more; null when the model gives none.</param>
/// <param name="Source">Where it came from, at most <see cref="MaxSourceLength"/> characters; may be empty.</param>
public sealed record NewTemplate(Embedding Embedding, float Quality, float? Sigma, string Source)
{
    public const int MaxSourceLength = 1000;

    /// <summary>Neither the vector nor the source, which may hold a name, belongs into a log.</summary>
    public override string ToString() => $"New template of {Embedding.ModelId}";

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Embedding);
        ArgumentNullException.ThrowIfNull(Source);
        if (!(Quality >= 0 && Quality <= 1))
            throw new ArgumentException("A template's quality must be 0 to 1.");
        if (Sigma is { } sigma && !(sigma >= 0 && float.IsFinite(sigma)))
            throw new ArgumentException("A template's sigma must be 0 or more.");
        if (Source.Length > MaxSourceLength)
            throw new ArgumentException($"A template's source must have at most {MaxSourceLength} characters.");
    }
}
