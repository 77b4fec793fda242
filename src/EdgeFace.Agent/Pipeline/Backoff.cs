namespace EdgeFace.Agent.Pipeline;

/// <summary>Pauses that double from the first to the longest. Used by one thread.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    public bool IsFirst => Failures == 0;

    public TimeSpan Next()
    {
        var pause = TimeSpan.FromTicks((long)Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(Failures, 30))));
        Failures++;
        return pause;
    }

    public void Reset() => Failures = 0;
}
