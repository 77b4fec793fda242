using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>Packets of MQTT 3.1.1 on a socket, by hand: shares no code with what is tested.</summary>
internal sealed class MqttWire(NetworkStream stream)
{
    public const byte Connect = 0x10;
    public const byte Connack = 0x20;
    public const byte Publish = 0x30;
    public const byte Puback = 0x40;
    public const byte Subscribe = 0x82;
    public const byte Suback = 0x90;
    public const byte Ping = 0xC0;

    /// <summary>A text with its length before it.</summary>
    public static byte[] Text(string text)
    {
        var bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    /// <summary>Sends CONNECT without a keep-alive and waits for CONNACK.</summary>
    /// <exception cref="IOException">The broker does not take it.</exception>
    public void Open(string clientId, bool cleanSession)
    {
        Send(Connect, [.. Text("MQTT"), 4, (byte)(cleanSession ? 2 : 0), 0, 0, .. Text(clientId)]);
        var (kind, body) = Read();
        if (kind != Connack || body[1] != 0)
            throw new IOException($"The observer was refused: {Convert.ToHexString(body)}");
    }

    /// <exception cref="IOException">The connection ended.</exception>
    public (byte Kind, byte[] Body) Read()
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
        stream.ReadExactly(body);
        return (kind, body);
    }

    /// <summary>What a PUBLISH holds; it is yet to be acknowledged when the identifier is not null.</summary>
    public static (ObservedMessage Message, byte[]? Identifier) Parse(byte kind, byte[] body)
    {
        var topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        var topic = Encoding.UTF8.GetString(body, 2, topicLength);
        var position = 2 + topicLength;
        var identifier = (kind & 0x06) != 0 ? body[position..(position + 2)] : null;
        return (new ObservedMessage(topic, body[(position + (identifier?.Length ?? 0))..], (kind & 1) != 0, (kind & 8) != 0), identifier);
    }

    public void Send(byte kind, ReadOnlySpan<byte> body)
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
        lock (stream)
            stream.Write([.. packet]);
    }

    private byte ReadByte()
    {
        var value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw new EndOfStreamException();
    }
}
