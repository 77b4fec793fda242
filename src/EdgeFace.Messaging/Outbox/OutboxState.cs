namespace EdgeFace.Messaging;

/// <summary>What the writer knows of the rows without asking the file.</summary>
internal struct OutboxState
{
    public long Rows;
    public long Bytes;
    public long LastSequence;
    public OutboxDrops Drops;

    public void Added(long sequence, long bytes)
    {
        Rows++;
        Bytes += bytes;
        LastSequence = sequence;
    }

    public void Removed(long bytes)
    {
        Rows--;
        Bytes -= bytes;
    }
}

/// <summary>What the session tells the outbox about a row.</summary>
internal enum OutboxNews
{
    Acknowledged,
    Refused,

    /// <summary>A new connection: whatever is held is offered again.</summary>
    Withdraw,
}

/// <summary>News of a row, with the clock's timestamp of when it was told.</summary>
internal readonly record struct OutboxNote(OutboxNews News, long Sequence, long At);
