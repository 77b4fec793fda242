#nullable enable

using System.Buffers.Binary;
using System.Text.Unicode;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// What a broker may send to a client that publishes and subscribes with QoS 0 and 1: MQTT 3.1.1 and 5, section 3. One for each
/// connection, since CONNACK comes first and once.
/// </summary>
internal sealed class PacketRules(MosquittoProtocol protocol)
{
    private const int Connack = 2;
    private const int Publish = 3;
    private const int Puback = 4;
    private const int Suback = 9;
    private const int Pingresp = 13;
    private const int Disconnect = 14;

    private bool _connected;

    private bool IsV5 => protocol == MosquittoProtocol.V5;

    public static bool IsPublish(byte first) => first >> 4 == Publish;

    public static int Qos(byte first) => (first >> 1) & 3;

    /// <summary>What is wrong with the first byte of a packet, type and flags; null for nothing.</summary>
    public string? CheckFirst(byte first)
    {
        var type = first >> 4;
        var known = type is Connack or Publish or Puback or Suback or Pingresp || (type == Disconnect && IsV5);
        if (!known)
            return $"a packet of type {type}, which no broker has to send";
        if (_connected == (type == Connack))
            return _connected ? "a second CONNACK" : $"a packet of type {type} before CONNACK";
        _connected = true;
        if (type == Publish)
            return Qos(first) > 1 ? $"PUBLISH with QoS {Qos(first)}" : null;
        return (first & 15) != 0 ? $"flags {first & 15} on a packet of type {type}" : null;
    }

    /// <summary>What is wrong with a packet; null for nothing.</summary>
    /// <param name="first">Its first byte.</param>
    /// <param name="body">All of it after its length; of a PUBLISH what stands before the payload.</param>
    public string? Check(byte first, ReadOnlySpan<byte> body) => (first >> 4) switch
    {
        Connack => CheckConnack(body),
        Publish => CheckPublish(first, body),
        Puback => CheckPuback(body),
        Suback => CheckSuback(body),
        Disconnect => CheckDisconnect(body),
        _ => body.IsEmpty ? null : "PINGRESP with a body",
    };

    private string? CheckConnack(ReadOnlySpan<byte> body)
    {
        if (body.Length < 2 || (body[0] & 0xFE) != 0)
            return "a CONNACK that is none";
        // Brokers of the older version answer so.
        if (body.Length == 2)
            return IsV5 && body[1] == 0 ? "a CONNACK of another version" : null;
        return IsV5 ? PropertyRules.CheckWhole(body[2..], PropertyRules.InConnack) : "a CONNACK that is too long";
    }

    private string? CheckPublish(byte first, ReadOnlySpan<byte> head)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(head);
        var topic = head.Slice(2, length);
        if (topic.IsEmpty || topic.ContainsAny((byte)0, (byte)'+', (byte)'#') || !Utf8.IsValid(topic))
            return "PUBLISH to what is no topic";
        var rest = head[(2 + length)..];
        if (Qos(first) > 0)
        {
            if (HasNoIdentifier(rest))
                return "PUBLISH without an identifier";
            rest = rest[2..];
        }

        return IsV5 ? PropertyRules.CheckWhole(rest, PropertyRules.InPublish) : null;
    }

    private string? CheckPuback(ReadOnlySpan<byte> body)
    {
        if (HasNoIdentifier(body))
            return "PUBACK without an identifier";
        if (body.Length == 2)
            return null;
        if (!IsV5)
            return "a PUBACK that is too long";
        return body.Length == 3 ? null : PropertyRules.CheckWhole(body[3..], PropertyRules.InAnswer);
    }

    private string? CheckSuback(ReadOnlySpan<byte> body)
    {
        if (HasNoIdentifier(body))
            return "SUBACK without an identifier";
        var codes = body[2..];
        if (IsV5)
        {
            if (PropertyRules.Check(codes, PropertyRules.InAnswer, out var length) is { } fault)
                return fault;
            codes = codes[length..];
        }

        return codes.IsEmpty ? "SUBACK without a code" : null;
    }

    private static string? CheckDisconnect(ReadOnlySpan<byte> body)
        => body.Length < 2 ? null : PropertyRules.CheckWhole(body[1..], PropertyRules.InDisconnect);

    private static bool HasNoIdentifier(ReadOnlySpan<byte> body) => body.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(body) == 0;
}
