using System.Globalization;
using EdgeFace.Core.Security;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>
/// The one connection of a <see cref="GalleryStore"/>: whose turn it is, transactions, what other processes have committed,
/// and the scrubbing after removals. SQLite's errors leave it as one clear line.
/// </summary>
internal sealed class GalleryDatabase : IDisposable
{
    /// <summary>Of <see cref="AeadBox"/>: never changed, or no gallery opens any more.</summary>
    private const string Purpose = "gallery/1";

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly ILogger _logger;
    private long _seenDataVersion;
    private long _seenRevision;
    private bool _disposed;

    private GalleryDatabase(SqliteConnection connection, string path, KeyRing? keys, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        Path = path;
        Rows = new GalleryRows(connection, new RowSeal(keys?.Box(Purpose), path), keys, path);
        SyncRows = new Sync.SyncRows(connection, Rows, path);
    }

    public string Path { get; }

    /// <summary>What came from a server; to be used as <see cref="Rows"/> is.</summary>
    public Sync.SyncRows SyncRows { get; }

    /// <summary>To be used within <see cref="Read"/>, <see cref="ReadAtOnce"/> and <see cref="Change"/> only.</summary>
    public GalleryRows Rows { get; }

    public bool ScrubPending { get; private set; }

    public static GalleryDatabase Open(string path, IReadOnlyList<string> migrations, KeyRing? keys, ILogger logger)
    {
        var database = new GalleryDatabase(GalleryFile.Open(path, migrations, logger), path, keys, logger);
        try
        {
            database.Read(database.Begin);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(GalleryStore));
            try
            {
                return read();
            }
            catch (SqliteException error)
            {
                throw GalleryErrors.Translate(error, Path);
            }
        }
    }

    /// <summary>Reads in one transaction: everything is of one state.</summary>
    public T ReadAtOnce<T>(Func<SqliteConnection, T> read) => Read(() =>
    {
        using var transaction = _connection.BeginTransaction(deferred: true);
        return read(_connection);
    });

    /// <summary>Changes in one transaction and counts the revision. What deletes is scrubbed after its commit.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="deletes">Null when the change deletes nothing; otherwise tells from the result whether it did.</param>
    /// <param name="changed">Whether there was anything to commit.</param>
    public T Change<T>(Func<T> change, Func<T, bool>? deletes, out bool changed)
    {
        var committed = false;
        var result = Read(() =>
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var value = change();
            if (deletes is not null && !deletes(value))
                return value;
            Rows.CountRevision();
            transaction.Commit();
            committed = true;
            if (deletes is not null || ScrubPending)
                Scrub();
            return value;
        });
        changed = committed;
        return result;
    }

    /// <summary>Changes in one transaction: all of it or, when something is thrown, nothing.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="effect">Tells from the result whether people or templates are others now, and whether something was deleted for good.</param>
    public T Apply<T>(Func<T> change, Func<T, (bool Changed, bool Deleted)> effect) => Read(() =>
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        var value = change();
        var (changed, deleted) = effect(value);
        if (changed)
            Rows.CountRevision();
        transaction.Commit();
        if (deleted || ScrubPending)
            Scrub();
        return value;
    });

    /// <summary>Tries to scrub what is still to be scrubbed.</summary>
    /// <returns>Whether nothing is left to do.</returns>
    public bool TryScrub() => Read(() =>
    {
        if (ScrubPending)
            Scrub();
        return !ScrubPending;
    });

    /// <summary>Lets the file grow no further; how tests fill the disk.</summary>
    internal void LimitPages(long pages) => Read(() => _connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}")));

    /// <summary>Changes how things are stored, not what: in one transaction, without counting the revision.</summary>
    public T Maintain<T>(Func<T> change) => Read(() =>
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        var value = change();
        transaction.Commit();
        return value;
    });

    public void ScrubNow() => Read(() =>
    {
        Scrub();
        return true;
    });

    /// <summary>Notes what has been seen of the changes of others. The data version first: a commit in between is noticed later.</summary>
    public void Look()
    {
        _seenDataVersion = DataVersion();
        _seenRevision = Rows.Revision;
    }

    public bool HasChanged() => Read(() =>
    {
        var dataVersion = DataVersion();
        if (dataVersion == _seenDataVersion)
            return false;
        if (Rows.Revision != _seenRevision)
            return true;
        // A checkpoint or a scrubbing, not a change.
        _seenDataVersion = dataVersion;
        return false;
    });

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (ScrubPending)
                ScrubPending = !GalleryFile.Scrub(_connection);
            _connection.Dispose();
        }
    }

    private bool Begin()
    {
        // What a process that was killed, or that others kept from it, left undone.
        Scrub();
        Look();
        Log.Opened(_logger, Path, _seenRevision);
        return true;
    }

    private void Scrub()
    {
        var pending = !GalleryFile.Scrub(_connection);
        if (pending && !ScrubPending)
            Log.ScrubPending(_logger);
        ScrubPending = pending;
    }

    private long DataVersion() => _connection.Number("PRAGMA data_version");
}
