namespace EdgeFace.Messaging;

/// <summary>Pauses that double from the least to the most, each between half and the whole of it, so that devices do not come back together.</summary>
internal sealed class Backoff(TimeSpan least, TimeSpan most, Func<double> random)
{
    private TimeSpan _whole = TimeSpan.Zero;

    public TimeSpan Next()
    {
        _whole = _whole == TimeSpan.Zero ? least : _whole * 2 < most ? _whole * 2 : most;
        return _whole * (0.5 + (0.5 * random()));
    }

    public void Reset() => _whole = TimeSpan.Zero;
}
