namespace EdgeFace.Gallery.Sync;

/// <summary>A change of a group as it travels.</summary>
/// <param name="Revision">Where it stands in the order of commits, 1 or more.</param>
/// <param name="PersonId">Who.</param>
/// <param name="Person">The person's whole state; null: hold nothing of them.</param>
internal sealed record SyncChange(long Revision, Guid PersonId, SyncPerson? Person)
{
    /// <summary>Without the name.</summary>
    public override string ToString() => $"Change {Revision} of person {PersonId}";
}

/// <summary>A person as boards get one.</summary>
/// <param name="Name">See <see cref="PersonName"/>.</param>
/// <param name="ModelHash">SHA-256 of the embedder's file, 64 lower-case hex digits; null when there are no templates.</param>
/// <param name="Threshold">Cosine, -1..1; null: the group's.</param>
/// <param name="Templates">Of one model and dimension; in the order of their ids.</param>
internal sealed record SyncPerson(string Name, string? ModelHash, float? Threshold, IReadOnlyList<SyncTemplate> Templates)
{
    public override string ToString() => $"Person with {Templates.Count} templates";
}

/// <summary>A face.</summary>
/// <param name="Quality">0..1.</param>
/// <param name="Vector">Of length 1.</param>
internal sealed record SyncTemplate(Guid Id, float Quality, float[] Vector)
{
    public override string ToString() => $"Template {Id}";
}

/// <summary>The embedder of this board: only its templates are taken.</summary>
/// <param name="Id">As in <see cref="Core.Faces.Embedding.ModelId"/>.</param>
/// <param name="Hash">SHA-256 of its file, 64 lower-case hex digits.</param>
/// <param name="Dimension">Values of its vectors.</param>
public sealed record SyncModel(string Id, string Hash, int Dimension);
