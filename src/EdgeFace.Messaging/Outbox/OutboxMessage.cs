namespace EdgeFace.Messaging;

/// <summary>What is given up first when the outbox is full: the lowest.</summary>
public enum MessagePriority
{
    Picture = 0,
    VisitUpdate = 1,
    VisitBegin = 2,
    VisitEnd = 3,
}

/// <summary>One event on its way to the broker.</summary>
/// <param name="Id">Stable id, the same on every delivery; receivers tell duplicates by it. 1 to 128 characters.</param>
/// <param name="Topic">Topic to publish to, without wildcards.</param>
/// <param name="Payload">The body as it goes out.</param>
/// <param name="Priority">What is given up first when the outbox is full.</param>
/// <param name="OrderKey">Messages of one key are offered in the order of their appending. At most 128 characters.</param>
/// <param name="CreatedAt">When the event happened.</param>
/// <param name="Expiry">How long after <paramref name="CreatedAt"/> it is still worth delivering; null for as long as the outbox keeps it.</param>
public sealed record OutboxMessage(
    string Id,
    string Topic,
    byte[] Payload,
    MessagePriority Priority,
    string OrderKey,
    DateTimeOffset CreatedAt,
    TimeSpan? Expiry)
{
    /// <summary>Longest <see cref="Id"/> and <see cref="OrderKey"/>.</summary>
    public const int MaxKeyLength = 128;

    /// <summary>Largest <see cref="Payload"/>, bytes.</summary>
    public const int MaxPayloadBytes = 16 << 20;
}

/// <summary>A message that could not be made durable: the disk is full or fails. The message says why; appending again may succeed.</summary>
public sealed class OutboxException : Exception
{
    public OutboxException(string message)
        : base(message)
    {
    }

    public OutboxException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>How many messages left the outbox undelivered since it was opened, and why.</summary>
/// <param name="ByCount">More than <see cref="OutboxOptions.MaxMessages"/>.</param>
/// <param name="ByBytes">More than <see cref="OutboxOptions.MaxBytes"/>.</param>
/// <param name="ByAge">Older than <see cref="OutboxOptions.MaxAge"/>.</param>
/// <param name="Expired">Past their own expiry.</param>
/// <param name="Refused">Refused by the broker for good: too large, or a topic or payload it does not take.</param>
public readonly record struct OutboxDrops(long ByCount, long ByBytes, long ByAge, long Expired, long Refused)
{
    public long Total => ByCount + ByBytes + ByAge + Expired + Refused;
}
