namespace EdgeFace.Messaging.Requests;

/// <summary>An answer to a request on its way out.</summary>
/// <param name="Topic">Where the one who asked listens.</param>
/// <param name="Correlation">What the request asked to be sent along (MQTT 5); null for nothing.</param>
public sealed record Answer(string Topic, byte[] Payload, byte[]? Correlation);

/// <summary>Answers that wait for the messaging thread. Bounded: the oldest go first, whoever asked has given up on them.</summary>
internal sealed class AnswerQueue
{
    public const int Most = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Answer> _waiting = new();

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _waiting.Count == 0;
        }
    }

    public void Add(Answer answer)
    {
        lock (_lock)
        {
            if (_waiting.Count == Most)
                _waiting.Dequeue();
            _waiting.Enqueue(answer);
        }
    }

    public bool TryTake(out Answer answer)
    {
        lock (_lock)
            return _waiting.TryDequeue(out answer!);
    }
}
