using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>Who wants what. Filters are subscribed on every connection.</summary>
internal sealed class SubscriptionTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Action<MqttMessage>[]> _handlers = new(StringComparer.Ordinal);
    private readonly Queue<string> _waiting = new();

    public void Add(string filter, Action<MqttMessage> handler)
    {
        lock (_lock)
        {
            _handlers[filter] = _handlers.TryGetValue(filter, out var others) ? [.. others, handler] : [handler];
            // Again also for a filter that is subscribed: the newcomer gets what is retained.
            if (!_waiting.Contains(filter))
                _waiting.Enqueue(filter);
        }
    }

    public void Renew()
    {
        lock (_lock)
        {
            _waiting.Clear();
            foreach (var filter in _handlers.Keys)
                _waiting.Enqueue(filter);
        }
    }

    public bool TryTake(out string filter)
    {
        lock (_lock)
            return _waiting.TryDequeue(out filter!);
    }

    public List<Action<MqttMessage>> Handlers(string topic)
    {
        var matching = new List<Action<MqttMessage>>();
        lock (_lock)
        {
            foreach (var (filter, handlers) in _handlers)
            {
                if (MosquittoLibrary.Matches(filter, topic))
                    matching.AddRange(handlers);
            }
        }

        return matching;
    }
}
