namespace EdgeFace.Messaging.Requests;

/// <summary>So many in a minute, all of them at once if need be. For use under a lock of its owner's.</summary>
internal sealed class RateLimit(int perMinute, TimeProvider time)
{
    private double _left = perMinute;
    private long _at = time.GetTimestamp();

    public bool TryTake()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(perMinute, _left + (time.GetElapsedTime(_at, now).TotalMinutes * perMinute));
        _at = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
