namespace EdgeFace.TestKit.Mqtt;

/// <summary>
/// Makes malformed packets of good ones, by the structure of MQTT: type, flags, remaining length, lengths inside, properties, and bytes. For one
/// client: what is begun with a CONNECT is left alone for some pieces, a connection that never comes about shows little.
/// </summary>
public sealed class PacketFuzz(int seed, double share)
{
    private const byte Connect = 0x10;
    private const int MostCalm = 8;

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private int _calm;

    /// <summary>Null for a piece that is left as it is.</summary>
    public byte[]? Rewrite(ReadOnlyMemory<byte> piece, bool fromClient)
    {
        lock (_lock)
        {
            if (fromClient && piece.Length > 0 && piece.Span[0] == Connect)
                _calm = _random.Next(MostCalm);
            if (_calm-- > 0 || piece.Length < 2 || _random.NextDouble() >= share)
                return null;
            return _random.Next(10) switch
            {
                0 => ChangeType(piece.ToArray()),
                1 => ChangeLength(piece.Span, fromClient),
                2 => piece[.._random.Next(1, piece.Length)].ToArray(),
                3 => ChangeInside(piece.ToArray()),
                4 => Garbage(_random.Next(1, 200)),
                5 => [.. piece.Span, .. Packet((byte)(_random.Next(16) << 4), Garbage(_random.Next(40)))],
                6 => Packet((byte)_random.Next(256), Garbage(_random.Next(300))),
                7 => [.. piece.Span, .. piece.Span],
                8 => Properties(),
                _ => Fuzz.Mutate(piece.ToArray(), _random),
            };
        }
    }

    private byte[] ChangeType(byte[] packet)
    {
        packet[0] = (byte)_random.Next(256);
        return packet;
    }

    // Too long, too short, not minimal, or five bytes of it.
    private byte[] ChangeLength(ReadOnlySpan<byte> packet, bool fromClient)
    {
        var length = 1;
        while (length < packet.Length && length < 4 && (packet[length] & 0x80) != 0)
            length++;
        var body = packet[Math.Min(length + 1, packet.Length)..];
        byte[] lie = _random.Next(4) switch
        {
            0 => [(byte)_random.Next(128)],
            1 => [(byte)(_random.Next(128) | 0x80), (byte)_random.Next(fromClient ? 4 : 128)],
            2 => [0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            _ => [(byte)(body.Length | 0x80), 0x80, 0x80, 0],
        };
        return [packet[0], .. lie, .. body];
    }

    // The first bytes after the header hold lengths: of the topic, of the properties.
    private byte[] ChangeInside(byte[] packet)
    {
        for (var times = _random.Next(1, 4); times > 0; times--)
            packet[_random.Next(Math.Min(packet.Length, 2), Math.Min(packet.Length + 1, 16)) - 1] = (byte)_random.Next(256);
        return packet;
    }

    // A good PUBLISH of MQTT 5 but for one property: any identifier, any value.
    private byte[] Properties()
    {
        byte[] properties = [(byte)_random.Next(256), .. Garbage(_random.Next(8))];
        byte[] topic = MqttWire.Text($"edgeface/dev/request/{_random.Next(9)}");
        return Packet(0x30, [.. topic, (byte)properties.Length, .. properties, .. Garbage(_random.Next(5))]);
    }

    private byte[] Garbage(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Packet(byte kind, byte[] body)
        => body.Length < 128 ? [kind, (byte)body.Length, .. body] : [kind, (byte)((body.Length & 0x7F) | 0x80), (byte)(body.Length >> 7), .. body];
}
