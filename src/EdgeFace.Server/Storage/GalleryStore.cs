using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>The store over either database: how transactions run, and what follows a commit.</summary>
internal sealed partial class GalleryStore : IGalleryStore
{
    private readonly SqlDialect _dialect;
    private readonly RowSeal _seal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RevisionBoard _board = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Deleted rows stay in files that scrubbing may not touch, in plain text; as of the last scrubbing.</summary>
    private volatile bool _traces;

    private GalleryStore(SqlDialect dialect, RowSeal seal, TimeProvider time, ILogger logger)
    {
        _dialect = dialect;
        _seal = seal;
        _time = time;
        _logger = logger;
    }

    /// <summary>Opens the store, brings its schema up, and listens for the changes of other instances.</summary>
    /// <param name="dialect">Disposed with the store, also when opening fails.</param>
    /// <param name="seal">Under which names, vectors and photos are kept.</param>
    /// <exception cref="EdgeFace.Core.InputException">It cannot be opened; one line says why.</exception>
    public static async Task<GalleryStore> OpenAsync(SqlDialect dialect, RowSeal seal, TimeProvider time, ILogger logger, CancellationToken cancellation)
    {
        var store = new GalleryStore(dialect, seal, time, logger);
        try
        {
            await store.MigrateAsync(cancellation);
            var resealed = await store.WriteAsync(Resealing.RunAsync, cancellation);
            if (resealed > 0)
                Log.StoreResealed(logger, dialect.Name, resealed);
            await store.ScrubAsync(cancellation);
            await dialect.ListenAsync(store._board.Move, store.LookAtRevisionsAsync, cancellation);
            var state = await store.StateAsync(cancellation);
            Log.StoreOpened(logger, dialect.Name, state.Revision, state.Epoch);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public Task<StoreState> StateAsync(CancellationToken cancellation) => ReadAsync(
        async session => (await session.ListAsync(row => new StoreState(row.Id(0), row.GetInt64(1)), "SELECT epoch, revision FROM state"))[0], cancellation);

    public async Task<bool> ScrubAsync(CancellationToken cancellation)
    {
        using var _ = await TurnAsync(cancellation);
        try
        {
            await using var connection = await _dialect.OpenAsync(cancellation);
            var deletions = await WithinAsync(connection, false, session => session.NumberAsync("SELECT deletions FROM state WHERE deletions > scrubbed"), cancellation);
            if (!await _dialect.ScrubAsync(connection, deletions, cancellation))
                return false;
            if (_dialect.LeavesTraces && !_seal.IsSealing && !_traces)
                Log.StoreLeavesTraces(_logger, _dialect.Name);
            _traces = _dialect.LeavesTraces && !_seal.IsSealing;
            if (deletions == 0)
                return true;
            // What was deleted meanwhile is still due; another instance may have been faster.
            await WithinAsync(connection, true, session => session.ExecuteAsync("UPDATE state SET scrubbed = $1 WHERE scrubbed < $1", deletions), cancellation);
            return await _dialect.ScrubAsync(connection, deletions: 0, cancellation);
        }
        catch (DbException error)
        {
            throw _dialect.Translate(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _dialect.DisposeAsync();
        _turn.Dispose();
    }

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        var from = await WriteAsync(async session =>
        {
            await session.Dialect.LockSchemaAsync(session);
            var version = await session.Dialect.HasSchemaAsync(session) ? await session.NumberAsync("SELECT version FROM schema_version") : -1;
            if (version > StoreSchema.Migrations.Count)
                throw StoreSchema.Newer(_dialect.Name, version);
            if (version < 0)
                await session.ExecuteAsync("CREATE TABLE schema_version (version BIGINT NOT NULL)");
            for (var next = (int)Math.Max(version, 0); next < StoreSchema.Migrations.Count; next++)
                await session.ExecuteAsync(InWordsOf(_dialect, StoreSchema.Migrations[next]));
            if (version < 0)
                await FillAsync(session);
            else if (version < StoreSchema.Migrations.Count)
                await session.ExecuteAsync("UPDATE schema_version SET version = $1", (long)StoreSchema.Migrations.Count);
            return Math.Max(version, 0);
        }, cancellation);
        if (from < StoreSchema.Migrations.Count)
            Log.StoreMigrated(_logger, _dialect.Name, from, StoreSchema.Migrations.Count);
    }

    private async Task FillAsync(SqlSession session)
    {
        await session.ExecuteAsync("INSERT INTO schema_version VALUES ($1)", (long)StoreSchema.Migrations.Count);
        await session.ExecuteAsync(
            "INSERT INTO state (one, epoch, revision, threshold, deletions, scrubbed, seal_key) VALUES (1, $1, 0, NULL, 0, 0, $2)", NewId().ToString(), (long)_seal.KeyId);
        await session.ExecuteAsync(
            "INSERT INTO groups (name, threshold, revision, oldest_cursor, created_at) VALUES ($1, NULL, 0, 0, $2)", StoreSchema.DefaultGroup, Now());
    }

    private static string InWordsOf(SqlDialect dialect, string script)
        => dialect.Words.Aggregate(script, static (text, word) => text.Replace("{" + word.Key + "}", word.Value, StringComparison.Ordinal));

    private Guid NewId() => Guid.CreateVersion7(_time.GetUtcNow());

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Looks at one moment of the store.</summary>
    private async Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _dialect.OpenAsync(cancellation);
            return await WithinAsync(connection, false, read, cancellation);
        }
        catch (DbException error)
        {
            throw _dialect.Translate(error);
        }
    }

    /// <summary>Changes, all or nothing; then tells those who wait for a revision.</summary>
    private async Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> change, CancellationToken cancellation)
    {
        using var _ = await TurnAsync(cancellation);
        try
        {
            await using var connection = await _dialect.OpenAsync(cancellation);
            return await WithinAsync(connection, true, change, cancellation);
        }
        catch (DbException error)
        {
            throw _dialect.Translate(error);
        }
    }

    private async Task<T> WithinAsync<T>(DbConnection connection, bool write, Func<SqlSession, Task<T>> work, CancellationToken cancellation)
    {
        await using var transaction = write
            ? await _dialect.BeginWriteAsync(connection, cancellation)
            : await _dialect.BeginReadAsync(connection, cancellation);
        var session = new SqlSession(connection, transaction, _dialect, _seal, cancellation);
        var result = await work(session);
        foreach (var move in session.Moves)
            await _dialect.NotifyAsync(session, move);
        // From here on it is done or it is not: nobody's patience may leave it open which.
        await transaction.CommitAsync(CancellationToken.None);
        foreach (var move in session.Moves)
            _board.Move(move);
        return result;
    }

    private async Task<IDisposable?> TurnAsync(CancellationToken cancellation)
    {
        if (!_dialect.OneWriter)
            return null;
        await _turn.WaitAsync(cancellation);
        return new Turn(_turn);
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
