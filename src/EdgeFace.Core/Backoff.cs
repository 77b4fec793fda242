namespace EdgeFace.Core;

/// <summary>Pauses that double from the first to the longest. Used by one thread.</summary>
/// <param name="first">Zero or more.</param>
/// <param name="longest">Not below the first.</param>
/// <param name="random">
/// Gives 0..1: each pause is then between half and the whole of what it would be, so that devices do not come back together.
/// Null for pauses without chance.
/// </param>
public sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double>? random = null)
{
    private const int MostDoublings = 30;

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    public bool IsFirst => Failures == 0;

    /// <summary>Counts a failure and gives the pause that follows it.</summary>
    public TimeSpan Next()
    {
        var whole = Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(Failures, MostDoublings)));
        Failures++;
        return TimeSpan.FromTicks((long)(random is null ? whole : whole * (0.5 + 0.5 * random())));
    }

    public void Reset() => Failures = 0;
}
