namespace EdgeFace.Messaging;

/// <summary>
/// What happens to rows between BEGIN and COMMIT, and the count of them that is kept beside the file.
/// </summary>
internal sealed class OutboxTransaction(OutboxDatabase database, OutboxOptions options, TimeProvider time)
{
    private const int MostDueAtOnce = 1000;

    private OutboxState _state;

    public ref OutboxState State => ref _state;

    /// <summary>Acknowledged rows in the order of their acknowledgement.</summary>
    public Queue<(long Sequence, long At)> Held { get; } = new();

    /// <summary>Takes the state from the file: at the start, and after a commit that failed. What was dropped stays counted.</summary>
    public void Reload(OutboxDrops drops)
    {
        var (rows, bytes, last) = database.Totals();
        Held.Clear();
        foreach (var sequence in database.Acknowledged())
            Held.Enqueue((sequence, time.GetTimestamp()));
        State = new OutboxState
        {
            Rows = rows,
            Bytes = bytes,
            Held = Held.Count,
            LastSequence = Math.Max(last, State.LastSequence),
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
        var sequence = database.Insert(message, bytes, expires, due);
        if (sequence == 0)
            return true;
        State.Added(sequence, bytes);
        return KeepWithinBounds(sequence);
    }

    public void Apply(OutboxNote note)
    {
        switch (note.News)
        {
            case OutboxNews.Acknowledged:
                if (database.Acknowledge(note.Sequence))
                {
                    State.Held++;
                    Held.Enqueue((note.Sequence, note.At));
                }

                break;
            case OutboxNews.Refused:
                if (Remove(note.Sequence))
                    State.Drops = State.Drops with { Refused = State.Drops.Refused + 1 };
                break;
            case OutboxNews.Withdraw:
                database.Withdraw();
                State.Held = 0;
                Held.Clear();
                break;
        }
    }

    /// <summary>Whether a sweep would find something that was acknowledged long enough ago.</summary>
    public bool HasForgettable(long heard) =>
        Held.TryPeek(out var first) && time.GetElapsedTime(first.At, heard) >= options.HoldAcknowledged;

    /// <summary>Forgets what the broker has outlived by the time to hold.</summary>
    public void Forget(long heard)
    {
        while (HasForgettable(heard))
            Remove(Held.Dequeue().Sequence);
    }

    public List<(long Sequence, bool Expired)> Due() =>
        database.Due(time.GetUtcNow().ToUnixTimeMilliseconds(), MostDueAtOnce);

    public void RemoveDue(List<(long Sequence, bool Expired)> due)
    {
        foreach (var (sequence, expired) in due)
        {
            if (!Remove(sequence, out var acknowledged) || acknowledged)
                continue;
            var drops = State.Drops;
            State.Drops = expired ? drops with { Expired = drops.Expired + 1 } : drops with { ByAge = drops.ByAge + 1 };
        }
    }

    private bool KeepWithinBounds(long appended)
    {
        var kept = true;
        while (State.Rows > options.MaxMessages || State.Bytes > options.MaxBytes)
        {
            var byCount = State.Rows > options.MaxMessages;
            var victim = database.Victim();
            if (victim == 0 || !Remove(victim, out var acknowledged))
                break;
            kept &= victim != appended;
            if (acknowledged)
                continue;
            var drops = State.Drops;
            State.Drops = byCount ? drops with { ByCount = drops.ByCount + 1 } : drops with { ByBytes = drops.ByBytes + 1 };
        }

        return kept;
    }

    private bool Remove(long sequence) => Remove(sequence, out _);

    private bool Remove(long sequence, out bool acknowledged)
    {
        if (!database.Delete(sequence, out var bytes, out acknowledged))
            return false;
        State.Removed(bytes, acknowledged);
        return true;
    }
}
