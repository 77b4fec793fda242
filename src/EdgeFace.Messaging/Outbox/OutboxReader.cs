using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>A second connection to the file, for reading what is to be offered; readers and the writer do not block each other.</summary>
internal sealed class OutboxReader(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private SqliteConnection? _connection;

    /// <summary>Rows that follow, in order, until their number or their payloads' bytes reach the limit; at least one if there is one.</summary>
    public List<OutboxEntry> After(long sequence, int most, long mostBytes)
    {
        var entries = new List<OutboxEntry>();
        lock (_lock)
        {
            using var command = Connection().CreateCommand();
            command.CommandText =
                "SELECT seq, id, topic, expires, payload FROM message WHERE seq > @seq ORDER BY seq LIMIT @most";
            command.Parameters.AddWithValue("@seq", sequence);
            command.Parameters.AddWithValue("@most", most);
            using var reader = command.ExecuteReader();
            var bytes = 0L;
            while (bytes < mostBytes && reader.Read())
            {
                var entry = Entry(reader);
                bytes += entry.Payload.Length;
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <summary>When the oldest message was created that still waits; null for none.</summary>
    public DateTimeOffset? Oldest()
    {
        lock (_lock)
        {
            using var command = Connection().CreateCommand();
            command.CommandText = "SELECT created FROM message WHERE acked = 0 ORDER BY seq LIMIT 1";
            return command.ExecuteScalar() is long created ? DateTimeOffset.FromUnixTimeMilliseconds(created) : null;
        }
    }

    /// <summary>Lets go of the file, which is about to be replaced.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _connection?.Dispose();
            _connection = null;
        }
    }

    public void Dispose() => Close();

    private SqliteConnection Connection() => _connection ??= OutboxDatabase.Connect(path);

    private static OutboxEntry Entry(SqliteDataReader reader) => new(
        reader.GetInt64(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetFieldValue<byte[]>(4),
        reader.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)));
}
