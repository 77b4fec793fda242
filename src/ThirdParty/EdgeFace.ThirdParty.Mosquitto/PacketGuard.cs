#nullable enable

using System.Buffers.Binary;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// Looks at what comes from the broker before the library does, which in version 2.0.11 ends the process by an assertion at an MQTT 5
/// property that it does not know. Strict: only packets that a broker may send to a client that publishes and subscribes with QoS 0 and 1.
/// The library works on a packet when it has all of it, so one that is found wrong at its last byte has not been worked on.
/// </summary>
/// <param name="protocol">The version that the client speaks.</param>
/// <param name="mostBytes">Largest packet, from its second byte on.</param>
internal sealed class PacketGuard(MosquittoProtocol protocol, int mostBytes)
{
    /// <summary>Most bytes of a packet that is looked at as a whole, and of the topic and properties of a PUBLISH.</summary>
    public const int MostHead = 192 << 10;

    private readonly PacketRules _rules = new(protocol);
    private byte[] _head = new byte[256];
    private int _headCount;
    private bool _headPassed;
    private Part _part;
    private byte _first;
    private int _length;
    private int _shift;
    private int _left;

    private enum Part
    {
        First,
        Length,
        Body,
    }

    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>False when the bytes, which follow those before, must not reach the library. It is over then.</summary>
    public bool Pass(ReadOnlySpan<byte> bytes)
    {
        while (Fault is null && !bytes.IsEmpty)
        {
            if (_part == Part.Body)
            {
                bytes = bytes[TakeBody(bytes)..];
                continue;
            }

            if (_part == Part.First)
                TakeFirst(bytes[0]);
            else
                TakeLength(bytes[0]);
            bytes = bytes[1..];
        }

        return Fault is null;
    }

    private void TakeFirst(byte first)
    {
        _first = first;
        (_part, _length, _shift) = (Part.Length, 0, 0);
        Fault = _rules.CheckFirst(first);
    }

    private void TakeLength(byte piece)
    {
        _length |= (piece & 0x7F) << _shift;
        _shift += 7;
        if ((piece & 0x80) == 0)
            BeginBody();
        else if (_shift == 28)
            Fault = "a length of more than four bytes";
    }

    private void BeginBody()
    {
        if (_length > mostBytes)
        {
            Fault = $"a packet of {_length} bytes, more than {mostBytes}";
            return;
        }

        (_part, _left, _headCount, _headPassed) = (Part.Body, _length, 0, false);
        if (_length == 0 && Needed() == 0 && Fault is null)
            CheckHead();
    }

    private int TakeBody(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(_left, bytes.Length);
        if (!_headPassed)
        {
            var needed = Needed();
            if (Fault is not null)
                return 0;
            taken = Math.Min(needed - _headCount, taken);
            Keep(bytes[..taken]);
        }

        _left -= taken;
        if (!_headPassed && _headCount == Needed() && Fault is null)
            CheckHead();
        if (_left == 0)
            _part = Part.First;
        return taken;
    }

    private void CheckHead()
    {
        Fault = _rules.Check(_first, _head.AsSpan(0, _headCount));
        _headPassed = true;
        if (_left == 0)
            _part = Part.First;
    }

    /// <summary>How long the part is that is looked at, as far as can be said by what is there of it.</summary>
    private int Needed()
    {
        var needed = PacketRules.IsPublish(_first) ? NeededOfPublish(_head.AsSpan(0, _headCount)) : _length;
        if (needed > _length)
            Fault = "topic or properties that are longer than their packet";
        else if (needed > MostHead)
            Fault = $"{needed} bytes of topic and properties";
        return needed;
    }

    private int NeededOfPublish(ReadOnlySpan<byte> head)
    {
        if (head.Length < 2)
            return 2;
        var position = 2 + BinaryPrimitives.ReadUInt16BigEndian(head) + (PacketRules.Qos(_first) > 0 ? 2 : 0);
        if (protocol != MosquittoProtocol.V5)
            return position;
        if (head.Length <= position)
            return position + 1;
        return PropertyRules.TryReadVariable(head[position..], out var length, out var bytes) switch
        {
            true => position + bytes + length,
            false => int.MaxValue,
            null => head.Length + 1,
        };
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_headCount + bytes.Length > _head.Length)
            Array.Resize(ref _head, Math.Max(_headCount + bytes.Length, _head.Length * 2));
        bytes.CopyTo(_head.AsSpan(_headCount));
        _headCount += bytes.Length;
    }
}
