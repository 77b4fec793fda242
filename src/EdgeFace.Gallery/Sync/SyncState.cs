namespace EdgeFace.Gallery.Sync;

/// <summary>How far a board is.</summary>
/// <param name="Group">Whose people it holds.</param>
/// <param name="Epoch">The server's history that <paramref name="Cursor"/> is of.</param>
/// <param name="Cursor">The revision that it holds exactly.</param>
/// <param name="Sums">Of <see cref="SetDigest"/>.</param>
/// <param name="Threshold">The group's own; null for none.</param>
/// <param name="ModelHash">The embedder whose templates were taken.</param>
internal sealed record SyncState(string Group, Guid Epoch, long Cursor, byte[] Sums, float? Threshold, string ModelHash)
{
    public byte[] Digest() => new SetDigest(Sums).Digest(Threshold);
}

/// <summary>What is held of the server's people.</summary>
/// <param name="People">All.</param>
/// <param name="AwaitingTemplates">Those whose templates are of another model: they wait to be embedded again.</param>
/// <param name="Conflicts">Those whose id a local person has.</param>
internal sealed record SyncCounts(int People, int AwaitingTemplates, int Conflicts);

/// <summary>How a person of the server is held.</summary>
internal enum Held
{
    /// <summary>Without templates: they are of another model.</summary>
    AwaitingTemplates = 0,

    Whole = 1,

    /// <summary>Not at all: a local person has the id.</summary>
    Conflict = 2,

    /// <summary>Whole, under a name with an addition: somebody else has the name.</summary>
    Renamed = 3,
}

/// <summary>What applying did.</summary>
/// <param name="Upserted">People who are new or others now.</param>
/// <param name="Removed">People who are gone.</param>
internal sealed record SyncApplied(int Upserted, int Removed)
{
    /// <summary>The group's threshold is another one.</summary>
    public bool OtherThreshold { get; init; }

    /// <summary>Whether faces may be decided otherwise now.</summary>
    public bool IsChange => Upserted + Removed > 0 || OtherThreshold;
}
