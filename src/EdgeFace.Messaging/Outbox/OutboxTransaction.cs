namespace EdgeFace.Messaging;

/// <summary>
/// What happens to rows between BEGIN and COMMIT, and the count of them that is kept beside the file.
/// </summary>
internal sealed class OutboxTransaction(OutboxDatabase database, OutboxOptions options, TimeProvider time)
{
    private const int MostDueAtOnce = 1000;

    private OutboxState _state;

    public ref OutboxState State => ref _state;

    public HeldRows Held { get; } = new();

    /// <summary>Messages not acknowledged, as of the last commit.</summary>
    public long Pending => _state.Rows - Held.Count;

    /// <summary>Takes the state from the file: at the start, and after a commit that failed. What was dropped stays counted.</summary>
    public void Reload(OutboxDrops drops)
    {
        Held.Rollback();
        var (rows, bytes, last) = database.Totals();
        _state = new OutboxState
        {
            Rows = rows,
            Bytes = bytes,
            LastSequence = Math.Max(last, _state.LastSequence),
            Drops = drops,
        };
    }

    /// <summary>True when the message is in the file now, false when it was itself the one to go.</summary>
    public bool Append(OutboxMessage message)
    {
        var bytes = message.Payload.Length + (2L * (message.Topic.Length + message.Id.Length + message.OrderKey.Length));
        var created = message.CreatedAt.ToUnixTimeMilliseconds();
        long? expires = message.Expiry is { } expiry ? created + (long)expiry.TotalMilliseconds : null;
        var due = Math.Min(expires ?? long.MaxValue, created + (long)options.MaxAge.TotalMilliseconds);
        var sequence = _state.LastSequence + 1;
        if (!database.Insert(sequence, message, bytes, expires, due))
            return true;
        _state.Added(sequence, bytes);
        return KeepWithinBounds(sequence);
    }

    /// <summary>Outside of a transaction: it changes no row.</summary>
    public void Acknowledge(OutboxNote note)
    {
        // It may have been dropped while it was under way.
        if (database.BytesOf(note.Sequence) is var bytes and >= 0)
            Held.Add(new HeldRow(note.Sequence, bytes, note.At));
    }

    public void Refuse(long sequence)
    {
        if (Remove(sequence, out _))
            _state.Drops = _state.Drops with { Refused = _state.Drops.Refused + 1 };
    }

    /// <summary>Whether something was acknowledged long enough ago.</summary>
    public bool HasForgettable(long heard) =>
        Held.TryPeek(out var first) && time.GetElapsedTime(first.At, heard) >= options.HoldAcknowledged;

    /// <summary>Forgets what the broker has outlived by the time to hold; rows that follow one another at once.</summary>
    public void Forget(long heard)
    {
        var (first, last) = (0L, -1L);
        while (HasForgettable(heard))
        {
            Held.TryPeek(out var row);
            Held.Take();
            _state.Removed(row.Bytes);
            if (row.Sequence == last + 1)
            {
                last++;
                continue;
            }

            if (last >= first)
                database.Delete(first, last);
            first = last = row.Sequence;
        }

        if (last >= first)
            database.Delete(first, last);
    }

    public List<(long Sequence, bool Expired)> Due() =>
        database.Due(time.GetUtcNow().ToUnixTimeMilliseconds(), MostDueAtOnce);

    public void RemoveDue(List<(long Sequence, bool Expired)> due)
    {
        foreach (var (sequence, expired) in due)
        {
            if (!Remove(sequence, out var acknowledged) || acknowledged)
                continue;
            var drops = _state.Drops;
            _state.Drops = expired ? drops with { Expired = drops.Expired + 1 } : drops with { ByAge = drops.ByAge + 1 };
        }
    }

    private bool KeepWithinBounds(long appended)
    {
        var kept = true;
        while (_state.Rows > options.MaxMessages || _state.Bytes > options.MaxBytes)
        {
            var byCount = _state.Rows > options.MaxMessages;
            if (Held.TryPeek(out var held))
            {
                Remove(held.Sequence, out _);
                continue;
            }

            var victim = database.Lowest();
            if (!Remove(victim, out _))
                break;
            kept &= victim != appended;
            var drops = _state.Drops;
            _state.Drops = byCount ? drops with { ByCount = drops.ByCount + 1 } : drops with { ByBytes = drops.ByBytes + 1 };
        }

        return kept;
    }

    private bool Remove(long sequence, out bool acknowledged)
    {
        acknowledged = Held.Remove(sequence);
        var bytes = database.BytesOf(sequence);
        if (bytes < 0)
            return false;
        database.Delete(sequence);
        _state.Removed(bytes);
        return true;
    }
}
