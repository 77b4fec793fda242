namespace EdgeFace.Messaging;

/// <summary>
/// Whether a thread gets on: it says again and again within what time it will be heard of next. For a watchdog; may be asked by
/// any thread.
/// </summary>
public sealed class ThreadProgress
{
    /// <summary>How long a step may take that is none of the long ones: a slow disk included.</summary>
    internal static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    /// <summary>A round of attempts to connect: the C library's name look-up and connecting have limits of their own, of some minutes.</summary>
    internal static readonly TimeSpan Connecting = TimeSpan.FromMinutes(10);

    /// <summary>The file of the outbox is written anew.</summary>
    internal static readonly TimeSpan Rewriting = TimeSpan.FromMinutes(10);

    private const long NeverDue = long.MaxValue;
    private const long Broken = long.MinValue;

    private readonly TimeProvider _time;
    private long _due = NeverDue;

    internal ThreadProgress(string name, TimeProvider time)
    {
        Name = name;
        _time = time;
    }

    public string Name { get; }

    /// <summary>It was not heard of in time, or has ended by a fault.</summary>
    public bool IsHung => Volatile.Read(ref _due) is var due and not NeverDue && (due == Broken || _time.GetTimestamp() > due);

    internal void NextWithin(TimeSpan time)
        => Volatile.Write(ref _due, _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency));

    /// <summary>It waits for something that may never come, or has ended as it should.</summary>
    internal void Rest() => Volatile.Write(ref _due, NeverDue);

    internal void Fail() => Volatile.Write(ref _due, Broken);
}
