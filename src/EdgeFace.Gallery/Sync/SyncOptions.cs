namespace EdgeFace.Gallery.Sync;

/// <summary>Where a board's gallery server is.</summary>
public sealed record SyncOptions
{
    public const int LeastPollSeconds = 5;
    public const int MostPollSeconds = 86_400;

    /// <summary><c>https://host[:port]</c>; plain <c>http</c> to the board itself only, since the key travels with every request.</summary>
    public required Uri Address { get; init; }

    /// <summary>File whose first line is the device's key. Read anew for every connection attempt.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The group whose people the board holds.</summary>
    public required string Group { get; init; }

    /// <summary>Seconds between questions, 5 to 86400. Default 60.</summary>
    public int PollSeconds { get; init; } = 60;

    /// <summary>PEM file of the authorities to trust; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the board's certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Folder for the pages of a snapshot until they are all there. Made when it is needed, for its owner alone.</summary>
    public required string SpoolFolder { get; init; }
}

/// <summary>How the synchronisation is.</summary>
/// <param name="Revision">Of the server's gallery that the board holds; null: none yet.</param>
/// <param name="ServerRevision">The last that was heard of; null: none yet.</param>
/// <param name="CurrentSince">Timestamp (of the TimeProvider) of when the board was last known to hold the server's present; null: never in this run.</param>
/// <param name="People">Of the server.</param>
/// <param name="AwaitingTemplates">Those of another model, who wait to be embedded again on the server.</param>
/// <param name="Error">Why the last attempt failed, one sentence without names; null: it did not.</param>
public sealed record SyncStatus(long? Revision, long? ServerRevision, long? CurrentSince, int People, int AwaitingTemplates, string? Error)
{
    /// <summary>Revisions that the board is behind, as far as it knows.</summary>
    public long Behind => Math.Max(0, (ServerRevision ?? 0) - (Revision ?? 0));
}

/// <summary>What one synchronisation did.</summary>
/// <param name="Upserted">People who are new or others now.</param>
/// <param name="Removed">People who are gone.</param>
/// <param name="Bytes">Received, as they travelled.</param>
/// <param name="WasFull">Whether a whole snapshot was taken.</param>
public sealed record SyncOutcome(SyncStatus Status, int Upserted, int Removed, long Bytes, bool WasFull);
