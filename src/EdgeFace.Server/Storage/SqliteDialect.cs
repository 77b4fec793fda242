using System.Data.Common;
using EdgeFace.Core;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Server.Storage;

/// <summary>The store in one file, for one instance of the server.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    private const int BusyTimeoutSeconds = 10;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    // https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Full = 13;
    private const int NotADatabase = 26;
    private const int Corrupt = 11;

    private readonly string _path;
    private readonly string _connectionString;

    public SqliteDialect(string path)
    {
        _path = path;
        Create();
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = true,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString();
    }

    public override string Name => _path;

    public override bool OneWriter => true;

    public override IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string>
    {
        ["blob"] = "BLOB",
        ["counter"] = "INTEGER PRIMARY KEY AUTOINCREMENT",
        ["append_only"] = """
            CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail can only be added to'); END;
            CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail can only be added to'); END;
            """,
        // Nothing samples columns here.
        ["unsampled"] = "SELECT 1",
    };

    public override async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {BusyTimeoutSeconds * 1000}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override Task<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellation)
        => Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    public override Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellation)
        => Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    public override Task LockSchemaAsync(SqlSession session) => Task.CompletedTask;

    public override async Task<bool> HasSchemaAsync(SqlSession session)
    {
        if (await session.NumberAsync("SELECT COUNT(*) FROM sqlite_master") == 0)
            return false;
        if (await session.NumberAsync("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('schema_version', 'feed', 'audit')") == 3)
            return true;
        throw new InputException($"{_path} is not a store of edgeface-server: it is a SQLite database of something else; give another path.");
    }

    public override void Place(DbParameter parameter, int number) => parameter.ParameterName = $"${number}";

    public override Task NotifyAsync(SqlSession session, RevisionMoved move) => Task.CompletedTask;

    public override Task ListenAsync(Action<RevisionMoved> moved, Func<Task> missed, CancellationToken cancellation) => missed();

    /// <remarks>
    /// secure_delete overwrites a row where it stands, but not the copies that stay in the unused part of a page when rows
    /// moved to another one earlier: the file is written anew. Then the write-ahead log is emptied.
    /// </remarks>
    public override Task<bool> ScrubAsync(DbConnection connection, long deletions, CancellationToken cancellation)
    {
        try
        {
            using var command = connection.CreateCommand();
            if (deletions > 0)
            {
                command.CommandText = "VACUUM";
                command.ExecuteNonQuery();
            }

            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            return Task.FromResult(command.ExecuteScalar() is 0L);
        }
        catch (SqliteException error) when (error.SqliteErrorCode is Busy or Locked or Full)
        {
            return Task.FromResult(false);
        }
    }

    public override InputException Translate(DbException error) => new(
        (error as SqliteException)?.SqliteErrorCode switch
        {
            NotADatabase => $"{_path} is not a store of edgeface-server: the file is not a SQLite database; give another path.",
            Corrupt => $"The store {_path} is damaged: put back a copy of it.",
            Full => $"The store {_path} cannot be written: the disk is full; make space and try again.",
            Busy or Locked => $"The store {_path} is in use by another process for too long: try again.",
            { } code => $"The store {_path} cannot be used: SQLite reports error {code}; check the file's permissions and the disk.",
            null => $"The store {_path} cannot be used.",
        },
        error);

    public override ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }

    // SQLite gives the write-ahead log and its index the mode of the database, so that one must be right before it is opened.
    private void Create()
    {
        try
        {
            if (File.Exists(_path))
                return;
            if (Path.GetDirectoryName(Path.GetFullPath(_path)) is { } folder && !Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnlyFolder);
            using var file = new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = OwnerOnlyFile,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The store {_path} cannot be opened for writing: check the path and the permissions of the file and its folder.", error);
        }
    }
}
