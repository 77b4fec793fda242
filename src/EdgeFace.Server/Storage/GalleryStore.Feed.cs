using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>What boards read.</summary>
internal sealed partial class GalleryStore
{
    public Task<ChangePage> ReadChangesAsync(string group, long since, int maxChanges, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(since);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxChanges, 1);
        return ReadAsync(session => FeedReader.ReadAsync(session, group, since, maxChanges), cancellation);
    }

    public Task<long> CurrentRevisionAsync(string group, CancellationToken cancellation)
        => ReadAsync(session => OfGroupAsync(session, group, row => row.GetInt64(0)), cancellation);

    public Task<long> OldestCursorAsync(string group, CancellationToken cancellation)
        => ReadAsync(session => OfGroupAsync(session, group, row => row.GetInt64(1)), cancellation);

    public async Task<long> WaitForRevisionAsync(string group, long after, CancellationToken cancellation)
    {
        // Asked for the first wait on a group only: from then on every move is heard of.
        if (!_board.TryGet(group, out _))
            _board.Move(new RevisionMoved(group, await CurrentRevisionAsync(group, cancellation)));
        return await _board.WaitAsync(group, after, cancellation);
    }

    public IAsyncEnumerable<RevisionMoved> WatchAsync(CancellationToken cancellation) => _board.WatchAsync(cancellation);

    public Task<int> PurgeTombstonesAsync(DateTimeOffset before, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        var limit = before.ToUnixTimeMilliseconds();
        await session.ExecuteAsync(
            """
            UPDATE groups SET oldest_cursor =
                (SELECT MAX(f.revision) FROM feed f WHERE f.group_name = groups.name AND f.removed_at < $1)
            WHERE EXISTS (SELECT 1 FROM feed f WHERE f.group_name = groups.name AND f.removed_at < $1 AND f.revision > groups.oldest_cursor)
            """, limit);
        return await session.ExecuteAsync("DELETE FROM feed WHERE removed_at < $1", limit);
    }, cancellation);

    private async Task LookAtRevisionsAsync()
    {
        var groups = await ReadAsync(
            session => session.ListAsync(row => new RevisionMoved(row.GetString(0), row.GetInt64(1)), "SELECT name, revision FROM groups"), CancellationToken.None);
        foreach (var group in groups)
            _board.Move(group);
    }

    private static async Task<long> OfGroupAsync(SqlSession session, string group, Func<DbDataReader, long> read)
        => (await session.ListAsync(read, "SELECT revision, oldest_cursor FROM groups WHERE name = $1", group)) is [var value] ? value : throw UnknownGroup(group);

    internal static StoreRefusalException UnknownGroup(string group) => new(RefusalKind.Unknown, $"There is no group '{group}'.");
}
