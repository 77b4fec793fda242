namespace EdgeFace.Server.Storage;

/// <summary>What a change asks of a board.</summary>
internal enum ChangeKind
{
    /// <summary>Hold the person exactly as the change says, whatever was held before.</summary>
    Upsert,

    /// <summary>Hold nothing of the person.</summary>
    Tombstone,
}

/// <summary>One face of a person as boards get it.</summary>
/// <param name="Id">Of the template.</param>
/// <param name="Vector">L2-normalised, of the space of the change's model.</param>
/// <param name="Quality">0..1.</param>
internal sealed record StoredTemplate(Guid Id, float[] Vector, float Quality)
{
    /// <summary>The id alone: a vector does not belong into a log.</summary>
    public override string ToString() => $"Template {Id}";
}

/// <summary>
/// What a group's boards have to do about one person. It carries the person's whole present state, so that doing it twice, or
/// doing only the last of several, leads to the same. Older changes of a person are superseded by the newest.
/// </summary>
/// <remarks>
/// On the server no two people have one name. In the middle of catching up a board may still see two (the one who had the
/// name before changes later in the order): that is no error.
/// </remarks>
/// <param name="Revision">Where the change stands in the order of all commits, 1 or more; no two changes share one.</param>
/// <param name="Kind">Whether the person is in the group.</param>
/// <param name="PersonId">Who.</param>
/// <param name="Name">Null for a tombstone.</param>
/// <param name="ModelId">SHA-256 of the embedder's file, 64 hex digits; null where there are no templates.</param>
/// <param name="Templates">All of the person's; empty for a tombstone.</param>
/// <param name="Threshold">The person's own cosine threshold; null: the group's.</param>
/// <param name="Groups">All groups that the person is in now; empty for a tombstone.</param>
internal sealed record GalleryChange(
    long Revision,
    ChangeKind Kind,
    Guid PersonId,
    string? Name,
    string? ModelId,
    IReadOnlyList<StoredTemplate> Templates,
    float? Threshold,
    IReadOnlyList<string> Groups)
{
    /// <summary>Without the name.</summary>
    public override string ToString() => $"{Kind} of person {PersonId} at revision {Revision}";
}

/// <summary>Consecutive changes of one group, in the order of their revisions.</summary>
/// <param name="Changes">At most as many as were asked for.</param>
/// <param name="Next">A board that has applied the page holds the group as of this revision as far as the page reaches: the cursor to ask with next.</param>
/// <param name="Current">The group's revision when the page was read.</param>
/// <param name="Threshold">The cosine threshold for people without their own: the group's, else the server's; null: the model's.</param>
internal sealed record ChangePage(IReadOnlyList<GalleryChange> Changes, long Next, long Current, float? Threshold)
{
    /// <summary>Whether there are further changes.</summary>
    public bool More => Next < Current;
}

/// <summary>A group has something new.</summary>
internal sealed record RevisionMoved(string Group, long Revision);

/// <summary>What a store is and how far it is.</summary>
/// <param name="Epoch">Made with the store: revisions of another epoch mean nothing here (a new or another database).</param>
/// <param name="Revision">Of the last change of anything that boards hold.</param>
internal sealed record StoreState(Guid Epoch, long Revision);
