using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>The file of the outbox as its one writer sees it: schema, transactions and statements.</summary>
internal sealed class OutboxDatabase : IDisposable
{
    private const int SchemaVersion = 1;

    // The payload comes last, so that a look at the other columns does not read its overflow pages.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS message(
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            acked INTEGER NOT NULL DEFAULT 0,
            priority INTEGER NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            due INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            topic TEXT NOT NULL,
            order_key TEXT NOT NULL,
            payload BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS message_victim ON message(acked DESC, priority, seq);
        CREATE INDEX IF NOT EXISTS message_due ON message(due);
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _acknowledge;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _victim;

    private OutboxDatabase(SqliteConnection connection)
    {
        _connection = connection;
        _insert = Prepare(
            """
            INSERT OR IGNORE INTO message(id, priority, created, expires, due, bytes, topic, order_key, payload)
            VALUES(@id, @priority, @created, @expires, @due, @bytes, @topic, @order_key, @payload)
            RETURNING seq
            """,
            "@id", "@priority", "@created", "@expires", "@due", "@bytes", "@topic", "@order_key", "@payload");
        _acknowledge = Prepare("UPDATE message SET acked = 1 WHERE seq = @seq AND acked = 0", "@seq");
        _delete = Prepare("DELETE FROM message WHERE seq = @seq RETURNING bytes, acked", "@seq");
        _victim = Prepare("SELECT seq FROM message ORDER BY acked DESC, priority, seq LIMIT 1");
    }

    /// <exception cref="SqliteException">The file is damaged, or the disk does not take it.</exception>
    public static OutboxDatabase Open(string path)
    {
        var connection = Connect(path);
        try
        {
            // auto_vacuum counts only while the file is empty, hence first of all.
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            Execute(connection, "PRAGMA journal_size_limit = 1048576");
            Verify(connection);
            Execute(connection, Schema);
            Execute(connection, $"PRAGMA user_version = {SchemaVersion}");
            return new OutboxDatabase(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection Connect(string path)
    {
        var builder = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 };
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Begin() => Execute(_connection, "BEGIN IMMEDIATE");

    public void Commit() => Execute(_connection, "COMMIT");

    public void Rollback()
    {
        try
        {
            Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already when the disk was full.
        }
    }

    /// <summary>The place of the new row, 0 when a message of this id is there already.</summary>
    public long Insert(OutboxMessage message, long bytes, long? expires, long due)
    {
        var parameters = _insert.Parameters;
        parameters[0].Value = message.Id;
        parameters[1].Value = (long)message.Priority;
        parameters[2].Value = message.CreatedAt.ToUnixTimeMilliseconds();
        parameters[3].Value = expires is { } at ? at : DBNull.Value;
        parameters[4].Value = due;
        parameters[5].Value = bytes;
        parameters[6].Value = message.Topic;
        parameters[7].Value = message.OrderKey;
        parameters[8].Value = message.Payload;
        return _insert.ExecuteScalar() is long sequence ? sequence : 0;
    }

    /// <summary>Whether the row was there and not yet acknowledged.</summary>
    public bool Acknowledge(long sequence)
    {
        _acknowledge.Parameters[0].Value = sequence;
        return _acknowledge.ExecuteNonQuery() > 0;
    }

    /// <summary>Makes what was acknowledged pending again.</summary>
    public void Withdraw() => Execute(_connection, "UPDATE message SET acked = 0 WHERE acked = 1");

    /// <summary>Removes a row; false when it was gone already.</summary>
    public bool Delete(long sequence, out long bytes, out bool acknowledged)
    {
        _delete.Parameters[0].Value = sequence;
        using var reader = _delete.ExecuteReader();
        var found = reader.Read();
        bytes = found ? reader.GetInt64(0) : 0;
        acknowledged = found && reader.GetInt64(1) != 0;
        return found;
    }

    /// <summary>The row that goes first when there are too many; 0 for none.</summary>
    public long Victim() => _victim.ExecuteScalar() is long sequence ? sequence : 0;

    /// <summary>Rows whose time is over, and whether by their own expiry.</summary>
    public List<(long Sequence, bool Expired)> Due(long now, int most)
    {
        var due = new List<(long, bool)>();
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT seq, expires IS NOT NULL AND expires <= @now FROM message WHERE due <= @now LIMIT @most";
        command.Parameters.AddWithValue("@now", now);
        command.Parameters.AddWithValue("@most", most);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            due.Add((reader.GetInt64(0), reader.GetInt64(1) != 0));
        return due;
    }

    public (long Rows, long Bytes, long Last) Totals()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*), COALESCE(SUM(bytes), 0), COALESCE(MAX(seq), 0) FROM message";
        using var reader = command.ExecuteReader();
        _ = reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    /// <summary>Rows that are acknowledged and not yet forgotten.</summary>
    public List<long> Acknowledged()
    {
        var rows = new List<long>();
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT seq FROM message WHERE acked = 1 ORDER BY seq";
        using var reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(reader.GetInt64(0));
        return rows;
    }

    /// <summary>Makes the next row follow <paramref name="last"/>, in an empty file.</summary>
    public void ContinueAfter(long last) =>
        Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO sqlite_sequence(name, seq) VALUES('message', {last})"));

    /// <summary>Gives free pages back to the file system, at most so many; true when there was something to give.</summary>
    public bool Shrink(int pages)
    {
        var free = Number("PRAGMA freelist_count");
        if (free < 64 || free < Number("PRAGMA page_count") / 4)
            return false;
        Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA incremental_vacuum({pages})"));
        return true;
    }

    /// <summary>Empties the write-ahead log into the file.</summary>
    public void Checkpoint() => Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>Lets the file grow no further than this; how tests fill the disk.</summary>
    internal void LimitPages(long pages) =>
        Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));

    internal long Number(string pragma)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = pragma;
        return command.ExecuteScalar() is long number ? number : 0;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _acknowledge.Dispose();
        _delete.Dispose();
        _victim.Dispose();
        _connection.Dispose();
    }

    private static void Verify(SqliteConnection connection)
    {
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is not "ok")
            throw new SqliteException("quick_check found damage", SqliteCodes.Corrupt);
        check.CommandText = "PRAGMA user_version";
        if (check.ExecuteScalar() is not (long)0 and not (long)SchemaVersion)
            throw new SqliteException("the file is of another version", SqliteCodes.NotADatabase);
    }

    // Read to the end on purpose: incremental_vacuum frees one page for each step.
    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        do
        {
            while (reader.Read())
            {
            }
        }
        while (reader.NextResult());
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter(name, null));
        return command;
    }
}
