namespace EdgeFace.Messaging.Requests;

/// <summary>
/// Requests answered lately, by name and transaction: what is delivered twice is answered alike and done once. Bounded in number,
/// size and age; for use under a lock of its owner's.
/// </summary>
internal sealed class RequestMemory(TimeProvider time)
{
    public const int MostEntries = 128;
    public const int MostBytes = 1 << 20;
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(string Name, string Transaction), Entry> _entries = [];
    private readonly Queue<((string Name, string Transaction) Key, Entry Entry)> _order = new();
    private int _bytes;

    public int Count => _entries.Count;

    /// <summary>The entry of a request that came before; null when it is new, and then it is noted as under way.</summary>
    public Entry? FindOrBegin(string name, string transaction, string hash)
    {
        Forget();
        if (_entries.TryGetValue((name, transaction), out var entry))
            return entry;
        var added = new Entry(hash, time.GetTimestamp());
        _entries.Add((name, transaction), added);
        _order.Enqueue(((name, transaction), added));
        return null;
    }

    public void Finish(string name, string transaction, byte[] response)
    {
        if (!_entries.TryGetValue((name, transaction), out var entry))
            return;
        _bytes += response.Length - (entry.Response?.Length ?? 0);
        entry.Response = response;
        Forget();
    }

    /// <summary>It was not begun after all.</summary>
    public void Forget(string name, string transaction)
    {
        if (_entries.Remove((name, transaction), out var entry))
            _bytes -= entry.Response?.Length ?? 0;
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && (_order.Count > MostEntries || _bytes > MostBytes || time.GetElapsedTime(oldest.Entry.Begun) > Kept))
        {
            _order.Dequeue();
            // Under the same name there may be a later one.
            if (_entries.GetValueOrDefault(oldest.Key) == oldest.Entry)
                Forget(oldest.Key.Name, oldest.Key.Transaction);
        }
    }

    /// <param name="hash">Of the payload: another payload under the same transaction is a mistake.</param>
    /// <param name="begun">Timestamp.</param>
    internal sealed class Entry(string hash, long begun)
    {
        public string Hash { get; } = hash;

        public long Begun { get; } = begun;

        /// <summary>Null while it is under way.</summary>
        public byte[]? Response { get; set; }
    }
}
