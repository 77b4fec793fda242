namespace EdgeFace.Messaging;

/// <summary>The last value of each retained topic, and which of them a connection has not been given yet.</summary>
internal sealed class RetainedState
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private readonly Queue<string> _changed = new();

    public void Set(string topic, byte[] payload)
    {
        lock (_lock)
        {
            _values[topic] = payload;
            if (!_changed.Contains(topic))
                _changed.Enqueue(topic);
        }
    }

    /// <summary>A new connection: all of it is to be published again.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            _changed.Clear();
            foreach (var topic in _values.Keys)
                _changed.Enqueue(topic);
        }
    }

    public bool TryTake(out string topic, out byte[] payload)
    {
        lock (_lock)
        {
            if (!_changed.TryDequeue(out topic!))
            {
                payload = [];
                return false;
            }

            payload = _values[topic];
            return true;
        }
    }
}
