using System.Text;

namespace EdgeFace.Messaging;

/// <summary>A row on its way out; its bytes lie in the <see cref="OutboxPage"/>. <paramref name="Sequence"/> is its place in the order of appending.</summary>
internal readonly record struct OutboxRow(long Sequence, string Topic, DateTimeOffset? ExpiresAt, int IdStart, int PayloadStart, int End);

/// <summary>Rows as they were read, with their bytes in one buffer that is used again and again.</summary>
internal sealed class OutboxPage
{
    private const int FirstBytes = 64 << 10;
    private const int MostKeptBytes = 2 << 20;
    private const int MostTopics = 32;

    private readonly List<OutboxRow> _rows = [];
    private readonly List<(byte[] Bytes, string Text)> _topics = [];
    private byte[] _bytes = new byte[FirstBytes];
    private int _used;
    private int _next;

    /// <summary>Rows that were not taken yet.</summary>
    public int Count => _rows.Count - _next;

    /// <summary>Bytes of ids and payloads.</summary>
    public int Bytes => _used;

    /// <summary>The next row, in order.</summary>
    public bool TryTake(out OutboxRow row)
    {
        row = Count > 0 ? _rows[_next++] : default;
        return row.Topic is not null;
    }

    public string Id(in OutboxRow row) => Encoding.UTF8.GetString(_bytes.AsSpan(row.IdStart..row.PayloadStart));

    public ReadOnlySpan<byte> Payload(in OutboxRow row) => _bytes.AsSpan(row.PayloadStart..row.End);

    public void Clear()
    {
        _rows.Clear();
        _next = _used = 0;
        // One large picture does not keep its memory for ever.
        if (_bytes.Length > MostKeptBytes)
            _bytes = new byte[FirstBytes];
    }

    public void Add(long sequence, ReadOnlySpan<byte> id, ReadOnlySpan<byte> topic, long? expires, ReadOnlySpan<byte> payload)
    {
        var start = _used;
        var middle = start + id.Length;
        var end = middle + payload.Length;
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        id.CopyTo(_bytes.AsSpan(start));
        payload.CopyTo(_bytes.AsSpan(middle));
        _used = end;
        DateTimeOffset? expiresAt = expires is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
        _rows.Add(new OutboxRow(sequence, Topic(topic), expiresAt, start, middle, end));
    }

    // A device has few topics and many rows.
    private string Topic(ReadOnlySpan<byte> bytes)
    {
        foreach (var (known, text) in _topics)
        {
            if (bytes.SequenceEqual(known))
                return text;
        }

        if (_topics.Count == MostTopics)
            _topics.RemoveAt(0);
        var topic = Encoding.UTF8.GetString(bytes);
        _topics.Add((bytes.ToArray(), topic));
        return topic;
    }
}
