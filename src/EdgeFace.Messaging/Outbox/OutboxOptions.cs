using EdgeFace.Core;

namespace EdgeFace.Messaging;

/// <summary>
/// Bounds of the outbox. When one is passed, what the broker has acknowledged goes first, then the lowest priority, and the oldest of
/// it; the message being appended takes part, so it may itself be the one.
/// </summary>
public sealed record OutboxOptions
{
    public const int LeastMessages = 1;
    public const int MostMessages = 10_000_000;
    public const long LeastBytes = 64 << 10;
    public const long MostBytes = 64L << 30;
    public const int MostGroupCommitMs = 5;
    public static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan MostAge = TimeSpan.FromDays(366);
    public static readonly TimeSpan MostHold = TimeSpan.FromMinutes(10);

    /// <summary>Most messages kept. Default 100,000.</summary>
    public int MaxMessages { get; init; } = 100_000;

    /// <summary>Most bytes of payloads, topics and keys kept. Default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Longest time a message is kept. Default 7 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long the broker must have been alive after its acknowledgement before a message is forgotten; a broker that dies sooner may
    /// have lost it, and is offered it again. Default 5 s.
    /// </summary>
    public TimeSpan HoldAcknowledged { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a commit waits for more messages to join it, ms, 0 to 5. Default 5.</summary>
    public int GroupCommitMs { get; init; } = 5;

    /// <exception cref="InputException">Options out of range, all of them at once.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (MaxMessages is < LeastMessages or > MostMessages)
            errors.Add($"outbox MaxMessages {MaxMessages} is not in {LeastMessages}..{MostMessages}");
        if (MaxBytes is < LeastBytes or > MostBytes)
            errors.Add($"outbox MaxBytes {MaxBytes} is not in {LeastBytes}..{MostBytes}");
        if (MaxAge < LeastAge || MaxAge > MostAge)
            errors.Add($"outbox MaxAge {MaxAge} is not in {LeastAge}..{MostAge}");
        if (HoldAcknowledged < TimeSpan.Zero || HoldAcknowledged > MostHold)
            errors.Add($"outbox HoldAcknowledged {HoldAcknowledged} is not in 0..{MostHold}");
        if (GroupCommitMs is < 0 or > MostGroupCommitMs)
            errors.Add($"outbox GroupCommitMs {GroupCommitMs} is not in 0..{MostGroupCommitMs}");
        if (errors.Count > 0)
            throw new InputException(string.Join("; ", errors));
    }
}
