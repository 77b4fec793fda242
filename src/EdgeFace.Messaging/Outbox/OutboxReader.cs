using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>A second connection to the file, for reading what is to be offered; readers and the writer do not block each other.</summary>
internal sealed class OutboxReader(string path, Func<long, bool> isHeld) : IDisposable
{
    private readonly Lock _lock = new();
    private SqliteConnection? _connection;
    private SqliteStatement? _after;
    private SqliteStatement? _created;

    /// <summary>
    /// Puts the rows that follow into the page, in order, until their number or their bytes reach the limit; at least one if there is
    /// one.
    /// </summary>
    public void After(long sequence, int most, long mostBytes, OutboxPage page)
    {
        page.Clear();
        lock (_lock)
        {
            Open();
            _after!.Bind(1, sequence);
            _after.Bind(2, most);
            while (page.Bytes < mostBytes && _after.Step())
                page.Add(_after.Number(0), _after.Bytes(1), _after.Bytes(2), _after.IsNull(3) ? null : _after.Number(3), _after.Bytes(4));
            _after.Reset();
        }
    }

    /// <summary>When the oldest message was created that still waits; null for none.</summary>
    public DateTimeOffset? Oldest()
    {
        lock (_lock)
        {
            Open();
            DateTimeOffset? oldest = null;
            while (oldest is null && _created!.Step())
            {
                if (!isHeld(_created.Number(0)))
                    oldest = DateTimeOffset.FromUnixTimeMilliseconds(_created.Number(1));
            }

            _created!.Reset();
            return oldest;
        }
    }

    /// <summary>Lets go of the file, which is about to be replaced.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _after?.Dispose();
            _created?.Dispose();
            _connection?.Dispose();
            _connection = null;
        }
    }

    public void Dispose() => Close();

    private void Open()
    {
        if (_connection is not null)
            return;
        var connection = OutboxSchema.Connect(path);
        try
        {
            _after = new SqliteStatement(connection, "SELECT seq, id, topic, expires, payload FROM message WHERE seq > ? ORDER BY seq LIMIT ?");
            _created = new SqliteStatement(connection, "SELECT seq, created FROM message ORDER BY seq");
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        _connection = connection;
    }
}
