using EdgeFace.Core.Faces;

namespace EdgeFace.Agent.Pipeline;

/// <summary>What the track stage remembers of a track, to choose the frames worth comparing. Pooled.</summary>
internal sealed class TrackProgress
{
    /// <summary>Unique within a camera; the tracker reuses its own objects.</summary>
    public long TrackId { get; private set; }

    public long FirstTimestamp { get; private set; }

    /// <summary>Monotonic time of the first frame in which the face was large; 0 before.</summary>
    public long LargeTimestamp { get; set; }

    public int Frames { get; set; }

    public FaceBox Box { get; set; }

    public bool TimeUp { get; set; }

    /// <summary>Faces handed on for comparison.</summary>
    public int Compared { get; private set; }

    private float _bestQuality;
    private TimeSpan _lastMeasured;
    private TimeSpan _lastCompared;

    public void Begin(long trackId, long timestamp)
    {
        TrackId = trackId;
        FirstTimestamp = timestamp;
        LargeTimestamp = 0;
        Frames = 0;
        TimeUp = false;
        Compared = 0;
        _lastCompared = TimeSpan.MinValue;
        _lastMeasured = TimeSpan.MinValue;
        _bestQuality = 0;
    }

    /// <summary>Whether landmarks and quality are worth finding out: not more often than the short interval.</summary>
    public bool IsWorthMeasuring(TimeSpan at, TimeSpan interval)
    {
        if (_lastMeasured != TimeSpan.MinValue && at - _lastMeasured < interval)
            return false;
        _lastMeasured = at;
        return true;
    }

    /// <summary>
    /// Whether a face of this quality is worth an embedding: the first ones at the short interval, to decide soon; later
    /// ones at the long interval, or when clearly better than all before.
    /// </summary>
    public bool IsWorthComparing(float quality, TimeSpan at, int decideFaces, TimeSpan interval, TimeSpan recheckInterval)
    {
        if (Compared == 0)
            return true;
        var since = at - _lastCompared;
        if (Compared < decideFaces)
            return since >= interval;
        return since >= recheckInterval || (since >= interval && quality > _bestQuality * 1.15f);
    }

    public void CountCompared(float quality, TimeSpan at)
    {
        Compared++;
        _lastCompared = at;
        _bestQuality = Math.Max(_bestQuality, quality);
    }
}
