namespace EdgeFace.Vision.Tracking;

/// <summary>
/// The tracks of one tracker and their way round: free, live, ended (listed), retired (still untouched), free again.
/// Makes objects only while the pool fills.
/// </summary>
internal sealed class TrackRegistry(int capacity)
{
    private readonly Track[] _live = new Track[capacity];
    private readonly Track[] _free = new Track[3 * capacity];
    private Track[] _ended = new Track[capacity];
    private Track[] _retired = new Track[capacity];
    private int _liveCount;
    private int _endedCount;
    private int _retiredCount;
    private int _freeCount;
    private int _lastId;

    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<Track> Live => _live.AsSpan(0, _liveCount);

    public ReadOnlySpan<Track> Ended => _ended.AsSpan(0, _endedCount);

    public bool IsFull => _liveCount == capacity;

    /// <summary>Called when an update begins: what was listed as ended retires, what had retired is free.</summary>
    public void Turn()
    {
        for (var i = 0; i < _retiredCount; i++)
        {
            _retired[i].Tag = null;
            _free[_freeCount++] = _retired[i];
        }

        (_ended, _retired) = (_retired, _ended);
        _retiredCount = _endedCount;
        _endedCount = 0;
    }

    /// <summary>A track with a new id that counts as live; the caller starts it.</summary>
    public Track Add(out int id)
    {
        id = ++_lastId;
        var track = _freeCount > 0 ? _free[--_freeCount] : new Track();
        _live[_liveCount++] = track;
        return track;
    }

    /// <summary>Moves those that have ended from the live ones to the listed ones; keeps the order.</summary>
    public void Sweep()
    {
        var kept = 0;
        for (var i = 0; i < _liveCount; i++)
        {
            if (_live[i].State == TrackState.Ended)
                _ended[_endedCount++] = _live[i];
            else
                _live[kept++] = _live[i];
        }

        _liveCount = kept;
    }
}
