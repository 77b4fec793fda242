namespace EdgeFace.Server.Storage;

/// <summary>Who does something, for the audit trail.</summary>
/// <param name="Id">The id of a key, <c>device:ID</c>, or the name of a service such as <c>expiry</c>.</param>
internal sealed record Actor(string Id)
{
    public static readonly Actor CommandLine = new("command-line");
    public static readonly Actor Expiry = new("expiry");
}

/// <summary>What can be said of a person.</summary>
/// <param name="Name">As <see cref="EdgeFace.Gallery.PersonName"/> allows; unique ignoring case.</param>
/// <param name="Groups">Which boards get the person; may be empty.</param>
/// <param name="Threshold">Cosine, -1..1; null: the group's.</param>
/// <param name="ConsentReference">Where the person's consent is kept, such as the number of a form; null: none.</param>
/// <param name="ExpiresAt">When the person is erased without being asked; null: never.</param>
internal sealed record PersonDraft(string Name, IReadOnlyList<string> Groups, float? Threshold, string? ConsentReference, DateTimeOffset? ExpiresAt)
{
    public override string ToString() => "Person draft";
}

/// <summary>A person as the server keeps one.</summary>
/// <param name="Version">Counts up with every change of the person: what ETags are made of. The revision of the last change.</param>
/// <param name="ModelId">SHA-256 of the embedder that the templates are of; null where there are none.</param>
/// <param name="Templates">How many.</param>
/// <param name="Photos">How many are kept.</param>
internal sealed record PersonRecord(
    Guid Id, PersonDraft Draft, long Version, string? ModelId, int Templates, int Photos, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public override string ToString() => $"Person {Id}";
}

/// <summary>A page of people in the order of their ids, which is that of their making.</summary>
internal sealed record PeoplePage(IReadOnlyList<PersonRecord> People, Guid? Next);

/// <summary>A face to add to a person.</summary>
/// <param name="ModelId">SHA-256 of the embedder, 64 hex digits.</param>
/// <param name="Vector">L2-normalised.</param>
/// <param name="Quality">0..1.</param>
/// <param name="Photo">The picture to keep; null: none.</param>
internal sealed record TemplateDraft(string ModelId, float[] Vector, float Quality, byte[]? Photo)
{
    public override string ToString() => "Template draft";
}

/// <summary>A template without its vector.</summary>
internal sealed record TemplateInfo(Guid Id, string ModelId, int Dimension, float Quality, bool HasPhoto, DateTimeOffset CreatedAt);

/// <summary>Everything about a person.</summary>
internal sealed record PersonExport(
    PersonRecord Person, IReadOnlyList<(TemplateInfo Info, float[] Vector, byte[]? Photo)> Templates, IReadOnlyList<AuditEntry> Audit)
{
    public override string ToString() => Person.ToString();
}

/// <summary>That a person was erased.</summary>
/// <param name="Revision">Of the tombstone.</param>
/// <param name="Groups">Those the person was in.</param>
/// <param name="Scrubbed">Whether the store's own files are rid of what was deleted: of plain text, where they are sealed.</param>
internal sealed record Erasure(Guid PersonId, long Revision, DateTimeOffset At, IReadOnlyList<string> Groups, bool Scrubbed);

/// <summary>A group of devices and the people they know.</summary>
/// <param name="Threshold">Cosine for people without their own; null: the server's.</param>
/// <param name="Revision">Of the last change of anything that its boards hold.</param>
internal sealed record GroupRecord(string Name, float? Threshold, long Revision, int People, int Devices, DateTimeOffset CreatedAt);

/// <summary>A board.</summary>
/// <param name="Revision">The last that it acknowledged; 0: none.</param>
/// <param name="Digest">With which it proved that it holds exactly that; null: none.</param>
/// <param name="ModelId">SHA-256 of its embedder; null: not told.</param>
/// <param name="Lag">How many changes of its group it does not have yet.</param>
/// <param name="GroupRevision">Its group's.</param>
internal sealed record DeviceRecord(
    string Id, string Group, long Revision, string? Digest, string? ModelId, DateTimeOffset? AcknowledgedAt, DateTimeOffset? LastSeenAt,
    long GroupRevision, int Lag, DateTimeOffset CreatedAt);

/// <summary>What a key is for.</summary>
internal enum Role
{
    /// <summary>Reads its own group's changes and acknowledges them.</summary>
    Device,

    /// <summary>People, photos, groups and devices.</summary>
    Operator,

    /// <summary>Everything, keys and the audit trail included.</summary>
    Admin,
}

/// <summary>A key without its secret.</summary>
/// <param name="Id">Public part, by which it is found.</param>
/// <param name="Hash">SHA-256 of the secret part.</param>
/// <param name="DeviceId">Of a device key.</param>
internal sealed record KeyRecord(
    string Id, Role Role, byte[] Hash, string? DeviceId, string Label, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    public override string ToString() => $"Key {Id}";
}

/// <summary>A line of the audit trail: who did what to whom, and when. It holds ids, never a name.</summary>
internal sealed record AuditEntry(long Number, DateTimeOffset At, string Actor, string Action, Guid? PersonId, string? Detail);

/// <summary>Why the store does not do what it is asked.</summary>
internal enum RefusalKind
{
    /// <summary>The object has another version than the one named.</summary>
    Stale,

    /// <summary>The name or id is taken.</summary>
    Taken,

    /// <summary>A group, device or person that is named does not exist.</summary>
    Unknown,

    /// <summary>There is no room for more of them.</summary>
    Full,

    /// <summary>It is still in use.</summary>
    InUse,
}

/// <summary>The store does not do what it is asked; nothing has changed. The message is one clear sentence without a name.</summary>
internal sealed class StoreRefusalException(RefusalKind kind, string message) : Exception(message)
{
    public RefusalKind Kind { get; } = kind;
}
