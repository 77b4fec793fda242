using EdgeFace.Gallery.Sync;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Sync;

/// <summary>
/// The digest of what a group's boards hold, followed change by change. It is built once by reading the group, and costs 100 bytes a
/// person; every instance of the server has its own.
/// </summary>
internal sealed class GroupState
{
    private readonly SetDigest _digest = new();
    private readonly Dictionary<Guid, byte[]> _seeds = [];

    /// <summary>Up to which revision it has been followed.</summary>
    public long Revision { get; private set; }

    public int People => _seeds.Count;

    /// <summary>Of the people and the group's threshold, at <see cref="Revision"/>.</summary>
    public byte[] Digest(float? threshold) => _digest.Digest(threshold);

    /// <summary>Takes the changes that follow what is known.</summary>
    /// <param name="next">The cursor after them.</param>
    public void Follow(IReadOnlyList<EncodedChange> changes, long next)
    {
        foreach (var change in changes)
        {
            if (change.Revision <= Revision)
                continue;
            if (_seeds.Remove(change.Person, out var former))
                _digest.Remove(former);
            if (change.Seed is not { } seed)
                continue;
            _digest.Add(seed);
            _seeds[change.Person] = seed;
        }

        Revision = Math.Max(Revision, next);
    }
}

/// <summary>A change as it goes into a page.</summary>
/// <param name="Seed">What the person adds to the digest; null for a tombstone.</param>
internal sealed record EncodedChange(long Revision, Guid Person, byte[] Record, byte[]? Seed)
{
    public static EncodedChange Of(GalleryChange change)
    {
        var person = change.Kind == ChangeKind.Tombstone
            ? null
            : new SyncPerson(change.Name!, change.ModelId, change.Threshold, [.. change.Templates.Select(template => new SyncTemplate(template.Id, template.Quality, template.Vector))]);
        var record = RecordCodec.Encode(new SyncChange(change.Revision, change.PersonId, person));
        return new EncodedChange(change.Revision, change.PersonId, record, person is null ? null : RecordCodec.SeedOf(record));
    }
}
