using System.Collections.Concurrent;
using EdgeFace.Gallery.Sync;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Sync;

/// <summary>Answers what boards ask: pages of changes, snapshots, where a group is.</summary>
internal sealed class SyncDesk(IGalleryStore store, ServerOptions options, TimeProvider time) : IDisposable
{
    private const long CachedBytes = 64 << 20;

    /// <summary>A snapshot is used for so long, unless somebody of it was removed: what changed since is fetched after it.</summary>
    private static readonly TimeSpan SnapshotLife = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, GroupFeed> _feeds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Shelf> _shelves = new(StringComparer.Ordinal);
    private readonly PageCache _cache = new(CachedBytes);
    private Guid? _epoch;

    /// <summary>Where the group is now.</summary>
    /// <exception cref="StoreRefusalException">There is no such group.</exception>
    public async Task<GroupPlace> PlaceAsync(string group, long atLeast, CancellationToken cancellation)
        => await (await FeedAsync(group, cancellation)).PlaceAsync(atLeast, cancellation);

    /// <summary>The page that follows a cursor below the group's revision.</summary>
    /// <param name="head">The group's revision.</param>
    public async Task<EncodedPage> PageAsync(string group, long since, long head, string coding, CancellationToken cancellation)
    {
        var feed = await FeedAsync(group, cancellation);
        // For all who wait for it, so no single one's going ends it.
        return await _cache.GetAsync(new PageKey(group, since, head, coding), async () => EncodedPage.Of((await feed.PageAsync(since, CancellationToken.None)).Bytes, coding))
            .WaitAsync(cancellation);
    }

    /// <summary>The snapshot of the day.</summary>
    /// <remarks>Of a large group it takes longer to make than a board waits: it is made to its end, for whoever asks next.</remarks>
    public Task<SnapshotManifest> SnapshotAsync(string group, CancellationToken cancellation) => MakeOrFindAsync(group).WaitAsync(cancellation);

    private async Task<SnapshotManifest> MakeOrFindAsync(string group)
    {
        var shelf = _shelves.GetOrAdd(group, _ => new Shelf());
        await shelf.Turn.WaitAsync(CancellationToken.None);
        try
        {
            if (shelf.Current is { } current && time.GetElapsedTime(shelf.MadeAt) < SnapshotLife && !await HasRemovalAsync(group, current.Revision, CancellationToken.None))
                return current.Manifest;
            var fresh = await Snapshot.MakeAsync(await FeedAsync(group, CancellationToken.None), options.DataFolder, CancellationToken.None);
            shelf.Replace(fresh, time.GetTimestamp());
            return fresh.Manifest;
        }
        finally
        {
            shelf.Turn.Release();
        }
    }

    /// <summary>A page of the snapshot, Brotli-compressed; null when there is a newer one.</summary>
    public async Task<byte[]?> SnapshotPageAsync(string group, string id, CancellationToken cancellation)
        => _shelves.TryGetValue(group, out var shelf) && shelf.Current is { } current ? await current.FindAsync(id, cancellation) : null;

    /// <summary>Lets go of a snapshot that somebody has been removed from, so that nobody fetches them any more.</summary>
    public async Task DropOutdatedAsync(string group, CancellationToken cancellation)
    {
        if (!_shelves.TryGetValue(group, out var shelf) || shelf.Current is not { } current || !await HasRemovalAsync(group, current.Revision, cancellation))
            return;
        await shelf.Turn.WaitAsync(cancellation);
        try
        {
            if (ReferenceEquals(shelf.Current, current))
                shelf.Replace(null, 0);
        }
        finally
        {
            shelf.Turn.Release();
        }
    }

    public void Dispose()
    {
        foreach (var shelf in _shelves.Values)
            shelf.Dispose();
        foreach (var feed in _feeds.Values)
            feed.Dispose();
    }

    private async Task<bool> HasRemovalAsync(string group, long since, CancellationToken cancellation)
    {
        try
        {
            return await SearchRemovalAsync(group, since, cancellation);
        }
        catch (StoreRefusalException)
        {
            // The group itself.
            return true;
        }
    }

    private async Task<bool> SearchRemovalAsync(string group, long since, CancellationToken cancellation)
    {
        var from = since;
        for (var more = true; more;)
        {
            var page = await store.ReadChangesAsync(group, since, SyncLimits.TargetChanges, cancellation);
            if (page.Changes.Any(change => change.Kind == ChangeKind.Tombstone))
                return true;
            (since, more) = (page.Next, page.More);
        }

        // Afterwards: what was forgotten while it was read counts as well.
        return from < await store.OldestCursorAsync(group, cancellation);
    }

    private async Task<GroupFeed> FeedAsync(string group, CancellationToken cancellation)
    {
        if (_feeds.TryGetValue(group, out var feed))
            return feed;
        _epoch ??= (await store.StateAsync(cancellation)).Epoch;
        // Only for groups that are there: who asks cannot fill the memory with others.
        await store.CurrentRevisionAsync(group, cancellation);
        return _feeds.GetOrAdd(group, name => new GroupFeed(name, _epoch.Value, store));
    }

    private sealed class Shelf : IDisposable
    {
        private volatile Snapshot? _current;

        public SemaphoreSlim Turn { get; } = new(1);

        public Snapshot? Current => _current;

        public long MadeAt { get; private set; }

        public void Replace(Snapshot? fresh, long at)
        {
            var old = _current;
            (_current, MadeAt) = (fresh, at);
            old?.Dispose();
        }

        public void Dispose()
        {
            Turn.Dispose();
            _current?.Dispose();
        }
    }
}
