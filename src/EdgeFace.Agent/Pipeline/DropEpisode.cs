namespace EdgeFace.Agent.Pipeline;

/// <summary>
/// Announces drops once an episode: its start when the first item is lost, its end, with the count, when none was lost
/// for a while. Safe to use from several threads.
/// </summary>
internal sealed class DropEpisode(string camera, string stage, TimeProvider time, ILogger logger)
{
    /// <summary>How long nothing must be lost for an episode to be over.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _started;
    private long _last;
    private long _count;

    public void Dropped()
    {
        lock (_lock)
        {
            _last = time.GetTimestamp();
            if (_count++ > 0)
                return;
            _started = _last;
        }

        Log.DropsBegan(logger, camera, stage);
    }

    /// <summary>To be called now and then.</summary>
    public void Check()
    {
        long count;
        TimeSpan duration;
        lock (_lock)
        {
            if (_count == 0 || time.GetElapsedTime(_last) < Quiet)
                return;
            count = _count;
            duration = time.GetElapsedTime(_started, _last);
            _count = 0;
        }

        Log.DropsEnded(logger, camera, stage, count, duration.TotalSeconds);
    }
}
