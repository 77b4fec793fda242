using EdgeFace.Gallery.Sync;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Sync;

/// <summary>Where a group is.</summary>
/// <param name="State">Its digest there.</param>
internal sealed record GroupPlace(Guid Epoch, long Revision, byte[] State);

/// <summary>A page of a group's changes, not compressed.</summary>
/// <param name="To">The cursor after it.</param>
/// <param name="IsFinal">Whether it reaches the present.</param>
internal sealed record FeedPage(byte[] Bytes, long To, bool IsFinal);

/// <summary>Makes the pages of one group from the store, and follows its digest. One at a time works on it.</summary>
internal sealed class GroupFeed(string group, Guid epoch, IGalleryStore store) : IDisposable
{
    private const int MaxAttempts = 8;

    private readonly SemaphoreSlim _turn = new(1);
    private GroupState _state = new();
    private float? _threshold;

    /// <summary>Removals up to here were forgotten before the state was begun, so it cannot have missed them.</summary>
    private long _forgotten;

    /// <summary>The group's present.</summary>
    /// <param name="atLeast">A revision that is known to be there.</param>
    public async Task<GroupPlace> PlaceAsync(long atLeast, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_state.Revision < atLeast || _state.Revision == 0)
                await CatchUpAsync(cancellation);
            return new GroupPlace(epoch, _state.Revision, _state.Digest(_threshold));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The page that follows a cursor.</summary>
    public async Task<FeedPage> PageAsync(long since, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var (changes, page) = await ReadAsync(since, cancellation);
                await RenewAsync(cancellation);
                var taken = Fitting(changes);
                if (taken < changes.Count || page.More)
                    return Written(since, changes[taken - 1].Revision, page.Threshold, null, changes[..taken]);
                // Read as of one moment: the digest must be brought to the same. What it lacks is on the page, if it is as far as the cursor.
                if (_state.Revision >= since)
                    Follow(changes, page.Current, page.Threshold);
                if (_state.Revision == page.Current)
                    return Written(since, page.Current, page.Threshold, _state.Digest(_threshold), changes);
                await CatchUpAsync(cancellation);
            }

            throw new InvalidOperationException("The store's revisions go back while they are read.");
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        for (var more = true; more;)
        {
            var (changes, page) = await ReadAsync(_state.Revision, cancellation);
            if (await RenewAsync(cancellation))
                continue;
            Follow(changes, page.Next, page.Threshold);
            more = page.More;
        }
    }

    /// <summary>Begins the state anew when removals that it has not seen are forgotten. After the read whose changes it is to take.</summary>
    private async Task<bool> RenewAsync(CancellationToken cancellation)
    {
        var oldest = await store.OldestCursorAsync(group, cancellation);
        if (oldest <= Math.Max(_state.Revision, _forgotten))
            return false;
        (_state, _forgotten) = (new GroupState(), oldest);
        return true;
    }

    private void Follow(List<EncodedChange> changes, long next, float? threshold)
    {
        _state.Follow(changes, next);
        _threshold = threshold;
    }

    private async Task<(List<EncodedChange> Changes, ChangePage Page)> ReadAsync(long since, CancellationToken cancellation)
    {
        var page = await store.ReadChangesAsync(group, since, SyncLimits.TargetChanges, cancellation);
        return ([.. page.Changes.Select(EncodedChange.Of)], page);
    }

    /// <summary>How many changes go into a page; one at least, if there is one.</summary>
    private static int Fitting(List<EncodedChange> changes)
    {
        var (count, bytes) = (0, 0);
        while (count < changes.Count && (count == 0 || bytes + changes[count].Record.Length <= SyncLimits.TargetPageBytes))
            bytes += changes[count++].Record.Length;
        return count;
    }

    private FeedPage Written(long since, long to, float? threshold, byte[]? state, List<EncodedChange> changes)
        => new(GalleryPage.Write(group, epoch, since, to, threshold, state, [.. changes.Select(change => change.Record)]), to, state is not null);
}
