namespace EdgeFace.Agent.Pipeline;

/// <summary>
/// Durations in logarithmic buckets, four to an octave from 1 us up: percentiles to within 19 % from a fixed 128
/// counters, no matter how long it runs. One writer; readers may see a sample late.
/// </summary>
internal sealed class Histogram
{
    private const int PerOctave = 4;
    private const int Buckets = 32 * PerOctave;
    private readonly long[] _counts = new long[Buckets];
    private long _total;
    private double _sumMs;
    private double _maxMs;

    public long Count => Volatile.Read(ref _total);

    public double MeanMs => Count == 0 ? 0 : _sumMs / Count;

    public double MaxMs => _maxMs;

    public void Add(TimeSpan duration)
    {
        var milliseconds = Math.Max(0, duration.TotalMilliseconds);
        var microseconds = Math.Max(1, milliseconds * 1000);
        var bucket = Math.Clamp((int)(Math.Log2(microseconds) * PerOctave), 0, Buckets - 1);
        Volatile.Write(ref _counts[bucket], _counts[bucket] + 1);
        _sumMs += milliseconds;
        _maxMs = Math.Max(_maxMs, milliseconds);
        Volatile.Write(ref _total, _total + 1);
    }

    /// <summary>The duration that the given share (0..1) of samples does not exceed, in milliseconds; 0 without samples.</summary>
    public double PercentileMs(double share)
    {
        long total = 0;
        foreach (var count in _counts)
            total += count;
        var rank = (long)Math.Ceiling(share * total);
        long seen = 0;
        for (var i = 0; i < Buckets; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
                return Math.Min(Math.Pow(2, (i + 0.5) / PerOctave) / 1000, _maxMs);
        }

        return 0;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        _total = 0;
        _sumMs = 0;
        _maxMs = 0;
    }
}
