using System.Net.Sockets;
using System.Text;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>What an observer saw.</summary>
public sealed record ObservedMessage(string Topic, byte[] Payload, bool Retained, bool Duplicate)
{
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>
/// A subscriber for assertions that shares no code with what is tested: MQTT 3.1.1 over a plain socket, QoS 1, spoken by hand.
/// Everything is bounded in time.
/// </summary>
public sealed class MqttObserver : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<ObservedMessage> _messages = [];
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly MqttWire _wire;
    private readonly Thread _reader;
    private readonly ManualResetEventSlim _subscribed = new();
    private readonly ManualResetEventSlim _published = new();

    public MqttObserver(MosquittoBroker broker, string filter = "#")
    {
        _tcp.Connect(broker.Host, broker.Port);
        _tcp.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        _wire = new MqttWire(_tcp.GetStream());
        _wire.Open(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"), cleanSession: true);
        _tcp.ReceiveTimeout = 0;
        _reader = new Thread(Read) { IsBackground = true, Name = "observer" };
        _reader.Start();
        _wire.Send(MqttWire.Subscribe, [0, 1, .. MqttWire.Text(filter), 1]);
        if (!_subscribed.Wait(Limit))
            throw new TimeoutException("The observer's subscription was not answered.");
    }

    /// <summary>All so far, in the order of arrival.</summary>
    public IReadOnlyList<ObservedMessage> Messages
    {
        get
        {
            lock (_lock)
                return [.. _messages];
        }
    }

    /// <summary>Publishes with QoS 1 and waits for the acknowledgement.</summary>
    public void Publish(string topic, string payload, bool retain = false)
    {
        _published.Reset();
        _wire.Send((byte)(0x32 | (retain ? 1 : 0)), [.. MqttWire.Text(topic), 0, 7, .. Encoding.UTF8.GetBytes(payload)]);
        if (!_published.Wait(Limit))
            throw new TimeoutException("The observer's message was not acknowledged.");
    }

    /// <summary>Waits until what was seen satisfies the condition.</summary>
    public IReadOnlyList<ObservedMessage> WaitFor(Func<IReadOnlyList<ObservedMessage>, bool> condition, TimeSpan? limit = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var messages = Messages;
            if (condition(messages))
                return messages;
            if (TimeProvider.System.GetElapsedTime(begun) > (limit ?? Limit))
                throw new TimeoutException($"Not seen in time; seen: {string.Join(", ", messages.TakeLast(20).Select(m => $"{m.Topic}={m.Text}"))}");
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        _tcp.Dispose();
        _reader.Join(Limit);
        _subscribed.Dispose();
        _published.Dispose();
    }

    private void Read()
    {
        try
        {
            while (true)
                Handle(_wire.Read());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The end of the connection is the end of the observer.
        }
    }

    private void Handle((byte Kind, byte[] Body) packet)
    {
        switch (packet.Kind & 0xF0)
        {
            case MqttWire.Publish:
                var (message, identifier) = MqttWire.Parse(packet.Kind, packet.Body);
                if (identifier is not null)
                    _wire.Send(MqttWire.Puback, identifier);
                lock (_lock)
                    _messages.Add(message);
                break;
            case MqttWire.Puback:
                _published.Set();
                break;
            case MqttWire.Suback:
                _subscribed.Set();
                break;
        }
    }
}
