using EdgeFace.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>Opens the file and keeps its promises: who may read it, that commits are durable, that what is deleted is gone.</summary>
internal static class GalleryFile
{
    private const int BusyTimeoutSeconds = 5;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <exception cref="InputException">It cannot be opened; one line says why.</exception>
    public static SqliteConnection Open(string path, IReadOnlyList<string> migrations, ILogger logger)
    {
        Create(path, logger);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Prepare(connection, path, migrations, logger);
            return connection;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw GalleryErrors.Translate(error, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The key that a gallery's new rows are sealed with; null when there is no gallery.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static uint? KeyOf(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return null;
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
            connection.Open();
            return connection.Number("SELECT COUNT(*) FROM pragma_table_info('gallery_state') WHERE name = 'key_id'") == 0
                ? RowSeal.Plain
                : (uint)connection.Number("SELECT key_id FROM gallery_state");
        }
        catch (SqliteException error)
        {
            throw GalleryErrors.Translate(error, path);
        }
    }

    /// <summary>
    /// Removes what deleted rows have left behind: rewrites the file when one is due, then empties the write-ahead log.
    /// </summary>
    /// <remarks>
    /// secure_delete overwrites a row where it stands, but not the copies that remain in the unused part of a page when rows moved
    /// to another one earlier; giving free pages back (incremental_vacuum) does not touch those either. So the file is written
    /// anew. What SQLite needs for that beside it is a file that has no name and holds only those who stay.
    /// </remarks>
    /// <returns>False when it must be tried again: another process is in the way, or the disk is full.</returns>
    public static bool Scrub(SqliteConnection connection)
    {
        try
        {
            if (connection.Number("SELECT scrub_due FROM gallery_state") != 0)
            {
                connection.Execute("VACUUM");
                // It holds those who have left as well, and perhaps under a key that is going away.
                File.Delete(SnapshotStore.PathOf(connection.DataSource));
                connection.Execute("UPDATE gallery_state SET scrub_due = 0");
            }

            return connection.Number("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        }
        catch (Exception error) when ((error is SqliteException sqlite && GalleryErrors.MayPass(sqlite)) || error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // SQLite gives the write-ahead log and its index the mode of the database, so that one must be right before it is opened.
    private static void Create(string path, ILogger logger)
    {
        try
        {
            if (File.Exists(path))
            {
                if ((File.GetUnixFileMode(path) & OfOthers) != 0)
                    Log.Exposed(logger, path);
                return;
            }

            var folder = Path.GetDirectoryName(path);
            if (folder is not null && !Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnlyFolder);
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = OwnerOnlyFile,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InputException(GalleryErrors.CannotWrite(path), error);
        }
    }

    private static void Prepare(SqliteConnection connection, string path, IReadOnlyList<string> migrations, ILogger logger)
    {
        // Looked at before anything is changed: the file may be somebody else's.
        GallerySchema.VersionOf(connection, path, migrations.Count);
        connection.Execute($"PRAGMA busy_timeout = {BusyTimeoutSeconds * 1000}");
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute("PRAGMA synchronous = FULL");
        connection.Execute("PRAGMA foreign_keys = ON");
        connection.Execute("PRAGMA secure_delete = ON");
        var from = GallerySchema.Migrate(connection, path, migrations);
        if (from != migrations.Count)
            Log.Migrated(logger, from, migrations.Count);
    }
}
