namespace EdgeFace.Messaging;

/// <summary>Written by the messaging thread, read by anyone.</summary>
internal sealed class MqttCounters
{
    public long Connections;
    public long Published;
    public long Acknowledged;
    public long Refused;
    public long Received;
    public int InFlight;
    public MqttFailure? LastFailure;
    public Connection? Current;

    public MqttStatistics Snapshot(long incomingDropped, Pictures.PictureQueue pictures)
    {
        var current = Volatile.Read(ref Current);
        return new MqttStatistics(
            current?.Since,
            current?.Broker,
            current?.Protocol,
            Math.Max(0, Interlocked.Read(ref Connections) - 1),
            Interlocked.Read(ref Published),
            Interlocked.Read(ref Acknowledged),
            Interlocked.Read(ref Refused),
            Volatile.Read(ref InFlight),
            Interlocked.Read(ref Received),
            incomingDropped,
            pictures.Count,
            pictures.Dropped,
            Volatile.Read(ref LastFailure));
    }

    internal sealed record Connection(DateTimeOffset Since, string Broker, string Protocol);
}
