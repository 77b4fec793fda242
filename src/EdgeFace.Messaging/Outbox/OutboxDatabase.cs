using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>The file of the outbox as its one writer sees it: transactions and statements.</summary>
internal sealed class OutboxDatabase : IDisposable
{
    private const int FewestFreePages = 64;

    private readonly SqliteConnection _connection;
    private readonly List<SqliteStatement> _statements = [];
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _bytes;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _deleteRun;
    private readonly SqliteStatement _lowest;
    private readonly SqliteStatement _due;

    private OutboxDatabase(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare(
            """
            INSERT OR IGNORE INTO message(seq, id, priority, created, expires, due, bytes, topic, order_key, payload)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _bytes = Prepare("SELECT bytes FROM message WHERE seq = ?");
        _delete = Prepare("DELETE FROM message WHERE seq = ?");
        _deleteRun = Prepare("DELETE FROM message WHERE seq BETWEEN ? AND ?");
        _lowest = Prepare("SELECT seq FROM message ORDER BY priority, seq LIMIT 1");
        _due = Prepare("SELECT seq, expires IS NOT NULL AND expires <= ?1 FROM message WHERE due <= ?1 LIMIT ?2");
    }

    /// <exception cref="SqliteException">The file is damaged, or the disk does not take it.</exception>
    public static OutboxDatabase Open(string path)
    {
        var connection = OutboxSchema.Open(path);
        try
        {
            return new OutboxDatabase(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void Rollback()
    {
        try
        {
            OutboxSchema.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already when the disk was full.
        }
    }

    /// <summary>False when a message of this id is there already.</summary>
    public bool Insert(long sequence, OutboxMessage message, long bytes, long? expires, long due)
    {
        _insert.Bind(1, sequence);
        _insert.Bind(2, message.Id);
        _insert.Bind(3, (long)message.Priority);
        _insert.Bind(4, message.CreatedAt.ToUnixTimeMilliseconds());
        _insert.Bind(5, expires);
        _insert.Bind(6, due);
        _insert.Bind(7, bytes);
        _insert.Bind(8, message.Topic);
        _insert.Bind(9, message.OrderKey);
        _insert.Bind(10, message.Payload);
        _insert.Run();
        return _insert.Changes > 0;
    }

    /// <summary>Rewrites payloads that hold a piece, all or none; the row's size stays counted as it was.</summary>
    public int Rewrite(byte[] piece, Func<byte[], byte[]?> rewrite)
    {
        Begin();
        var found = new List<(long Sequence, byte[] Payload)>();
        using (var select = new SqliteStatement(_connection, "SELECT seq, payload FROM message WHERE instr(payload, ?) > 0"))
        {
            select.Bind(1, piece);
            while (select.Step())
            {
                if (rewrite(select.Bytes(1).ToArray()) is { } payload)
                    found.Add((select.Number(0), payload));
            }
        }

        using var update = new SqliteStatement(_connection, "UPDATE message SET payload = ? WHERE seq = ?");
        foreach (var (sequence, payload) in found)
        {
            update.Bind(1, payload);
            update.Bind(2, sequence);
            update.Run();
        }

        Commit();
        return found.Count;
    }

    /// <summary>Rewrites the file, so that nothing stays in its unused parts, and empties the log.</summary>
    /// <exception cref="SqliteException">Somebody reads the file.</exception>
    public void Scrub()
    {
        OutboxSchema.Execute(_connection, "VACUUM");
        using var command = _connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        if (command.ExecuteScalar() is not 0L)
            throw new SqliteException("the log is being read", SqliteCodes.Busy);
    }

    /// <summary>Bytes of a row, -1 when there is none.</summary>
    public long BytesOf(long sequence)
    {
        _bytes.Bind(1, sequence);
        var bytes = _bytes.Step() ? _bytes.Number(0) : -1;
        _bytes.Reset();
        return bytes;
    }

    public void Delete(long sequence)
    {
        _delete.Bind(1, sequence);
        _delete.Run();
    }

    /// <summary>Removes rows that follow one another, both ends included.</summary>
    public void Delete(long first, long last)
    {
        _deleteRun.Bind(1, first);
        _deleteRun.Bind(2, last);
        _deleteRun.Run();
    }

    /// <summary>The oldest row of the lowest priority; 0 for none.</summary>
    public long Lowest()
    {
        var sequence = _lowest.Step() ? _lowest.Number(0) : 0;
        _lowest.Reset();
        return sequence;
    }

    /// <summary>Rows whose time is over, and whether by their own expiry.</summary>
    public List<(long Sequence, bool Expired)> Due(long now, int most)
    {
        var due = new List<(long, bool)>();
        _due.Bind(1, now);
        _due.Bind(2, most);
        while (_due.Step())
            due.Add((_due.Number(0), _due.Number(1) != 0));
        _due.Reset();
        return due;
    }

    public (long Rows, long Bytes, long Last) Totals()
    {
        using var totals = new SqliteStatement(_connection, "SELECT COUNT(*), COALESCE(SUM(bytes), 0), COALESCE(MAX(seq), 0) FROM message");
        _ = totals.Step();
        return (totals.Number(0), totals.Number(1), totals.Number(2));
    }

    /// <summary>Gives free pages back to the file system, at most so many; true when there was something to give.</summary>
    public bool Shrink(int pages)
    {
        var free = Number("PRAGMA freelist_count");
        if (free < FewestFreePages || free < Number("PRAGMA page_count") / 4)
            return false;
        OutboxSchema.Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA incremental_vacuum({pages})"));
        return true;
    }

    /// <summary>Empties the write-ahead log into the file.</summary>
    public void Checkpoint() => OutboxSchema.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>Lets the file grow no further than this; how tests fill the disk.</summary>
    internal void LimitPages(long pages) =>
        OutboxSchema.Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));

    internal long Number(string pragma)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = pragma;
        return command.ExecuteScalar() is long number ? number : 0;
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _connection.Dispose();
    }

    private SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_connection, sql);
        _statements.Add(statement);
        return statement;
    }
}
