using System.Text;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>A second connection to the file, for reading what is to be offered; readers and the writer do not block each other.</summary>
internal sealed class OutboxReader(string path, Func<long, bool> isHeld) : IDisposable
{
    private readonly Lock _lock = new();
    private SqliteConnection? _connection;
    private SqliteStatement? _after;
    private SqliteStatement? _created;
    private byte[] _topicBytes = [];
    private string _topic = "";

    /// <summary>Rows that follow, in order, until their number or their payloads' bytes reach the limit; at least one if there is one.</summary>
    public List<OutboxEntry> After(long sequence, int most, long mostBytes)
    {
        var entries = new List<OutboxEntry>();
        lock (_lock)
        {
            Open();
            _after!.Bind(1, sequence);
            _after.Bind(2, most);
            var bytes = 0L;
            while (bytes < mostBytes && _after.Step())
            {
                var entry = Entry(_after);
                bytes += entry.Payload.Length;
                entries.Add(entry);
            }

            _after.Reset();
        }

        return entries;
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

    private OutboxEntry Entry(SqliteStatement row) => new(
        row.Number(0),
        Encoding.UTF8.GetString(row.Bytes(1)),
        Topic(row.Bytes(2)),
        row.Bytes(4).ToArray(),
        row.IsNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Number(3)));

    // Most rows have the topic of the one before.
    private string Topic(ReadOnlySpan<byte> topic)
    {
        if (!topic.SequenceEqual(_topicBytes))
        {
            _topicBytes = topic.ToArray();
            _topic = Encoding.UTF8.GetString(topic);
        }

        return _topic;
    }
}
