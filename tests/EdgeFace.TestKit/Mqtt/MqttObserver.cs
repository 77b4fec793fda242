using System.Buffers.Binary;
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
    private readonly NetworkStream _stream;
    private readonly Thread _reader;
    private readonly ManualResetEventSlim _subscribed = new();
    private readonly ManualResetEventSlim _published = new();

    public MqttObserver(MosquittoBroker broker, string filter = "#")
    {
        _tcp.Connect(broker.Host, broker.Port);
        _stream = _tcp.GetStream();
        _stream.ReadTimeout = (int)Limit.TotalMilliseconds;
        Send(0x10, [.. Text("MQTT"), 4, 2, 0, 0, .. Text(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"))]);
        var (kind, body) = ReadPacket();
        if (kind != 0x20 || body[1] != 0)
            throw new InvalidOperationException($"The observer was refused: {Convert.ToHexString(body)}");
        _stream.ReadTimeout = Timeout.Infinite;
        _reader = new Thread(Read) { IsBackground = true, Name = "observer" };
        _reader.Start();
        Send(0x82, [0, 1, .. Text(filter), 1]);
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
        Send((byte)(0x32 | (retain ? 1 : 0)), [.. Text(topic), 0, 7, .. Encoding.UTF8.GetBytes(payload)]);
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

    private static byte[] Text(string text)
    {
        var bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    private void Read()
    {
        try
        {
            while (true)
                Handle(ReadPacket());
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
            case 0x30:
                HandlePublish(packet.Kind, packet.Body);
                break;
            case 0x40:
                _published.Set();
                break;
            case 0x90:
                _subscribed.Set();
                break;
        }
    }

    private void HandlePublish(byte kind, byte[] body)
    {
        var topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        var topic = Encoding.UTF8.GetString(body, 2, topicLength);
        var position = 2 + topicLength;
        if ((kind & 0x06) != 0)
        {
            Send(0x40, body.AsSpan(position, 2));
            position += 2;
        }

        lock (_lock)
            _messages.Add(new ObservedMessage(topic, body[position..], (kind & 1) != 0, (kind & 8) != 0));
    }

    private (byte Kind, byte[] Body) ReadPacket()
    {
        var kind = ReadByte();
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = ReadByte();
            length |= (part & 0x7F) << shift;
            if ((part & 0x80) == 0)
                break;
        }

        var body = new byte[length];
        _stream.ReadExactly(body);
        return (kind, body);
    }

    private byte ReadByte()
    {
        var value = _stream.ReadByte();
        return value >= 0 ? (byte)value : throw new EndOfStreamException();
    }

    private void Send(byte kind, ReadOnlySpan<byte> body)
    {
        var packet = new List<byte> { kind };
        var length = body.Length;
        do
        {
            var part = length & 0x7F;
            length >>= 7;
            packet.Add((byte)(part | (length > 0 ? 0x80 : 0)));
        }
        while (length > 0);
        packet.AddRange(body);
        lock (_stream)
            _stream.Write([.. packet]);
    }
}
