#nullable enable

using System.Buffers.Binary;
using System.Text.Unicode;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>MQTT 5 properties in packets from a broker: which ones, of which kind, where, and once (section 2.2.2).</summary>
internal static class PropertyRules
{
    // Sets of packets.
    public const int InConnack = 1;
    public const int InPublish = 2;
    public const int InAnswer = 4;
    public const int InDisconnect = 8;

    private enum Kind
    {
        Byte,
        Two,
        Four,
        Variable,
        Text,
        Binary,
        Pair,
    }

    /// <summary>As <see cref="Check"/>; after the properties nothing may follow.</summary>
    public static string? CheckWhole(ReadOnlySpan<byte> bytes, int packet)
        => Check(bytes, packet, out var length) ?? (length == bytes.Length ? null : "something after the properties");

    /// <summary>What is wrong with properties and the length before them; null for nothing.</summary>
    public static string? Check(ReadOnlySpan<byte> bytes, int packet, out int length)
    {
        length = 0;
        if (TryReadVariable(bytes, out var count, out var start) != true || count > bytes.Length - start)
            return "properties of a length that cannot be";
        length = start + count;
        var left = bytes.Slice(start, count);
        ulong seen = 0;
        while (!left.IsEmpty)
        {
            var identifier = left[0];
            if (Describe(identifier) is not { } rule || (rule.Packets & packet) == 0)
                return $"property {identifier}, which does not belong there";
            if ((seen & (1UL << identifier)) != 0 && !rule.Repeats)
                return $"property {identifier} twice";
            seen |= 1UL << identifier;
            var size = SizeOf(rule.Kind, left[1..]);
            if (size < 0)
                return $"property {identifier} with a value that cannot be";
            left = left[(1 + size)..];
        }

        return null;
    }

    /// <summary>A number of one to four bytes; null when they are not all there, false for more of them.</summary>
    public static bool? TryReadVariable(ReadOnlySpan<byte> bytes, out int value, out int length)
    {
        (value, length) = (0, 0);
        foreach (var piece in bytes)
        {
            value |= (piece & 0x7F) << (7 * length++);
            if ((piece & 0x80) == 0)
                return true;
            if (length == 4)
                return false;
        }

        return null;
    }

    private static (Kind Kind, int Packets, bool Repeats)? Describe(int identifier) => identifier switch
    {
        1 => (Kind.Byte, InPublish, false),
        2 => (Kind.Four, InPublish, false),
        3 or 8 => (Kind.Text, InPublish, false),
        9 => (Kind.Binary, InPublish, false),
        11 => (Kind.Variable, InPublish, true),
        17 or 39 => (Kind.Four, InConnack, false),
        18 or 21 or 26 => (Kind.Text, InConnack, false),
        19 or 33 or 34 => (Kind.Two, InConnack, false),
        22 => (Kind.Binary, InConnack, false),
        28 => (Kind.Text, InConnack | InDisconnect, false),
        31 => (Kind.Text, InConnack | InAnswer | InDisconnect, false),
        35 => (Kind.Two, InPublish, false),
        36 or 37 or 40 or 41 or 42 => (Kind.Byte, InConnack, false),
        38 => (Kind.Pair, InConnack | InPublish | InAnswer | InDisconnect, true),
        _ => null,
    };

    /// <summary>Bytes of a value; -1 when it is not all there or not of its kind.</summary>
    private static int SizeOf(Kind kind, ReadOnlySpan<byte> value) => kind switch
    {
        Kind.Byte => value.Length >= 1 ? 1 : -1,
        Kind.Two => value.Length >= 2 ? 2 : -1,
        Kind.Four => value.Length >= 4 ? 4 : -1,
        Kind.Variable => TryReadVariable(value, out _, out var length) == true ? length : -1,
        Kind.Binary => SizeOfBinary(value),
        Kind.Text => SizeOfText(value),
        _ => SizeOfText(value) is var name and >= 0 && SizeOfText(value[name..]) is var text and >= 0 ? name + text : -1,
    };

    private static int SizeOfBinary(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2)
            return -1;
        var size = 2 + BinaryPrimitives.ReadUInt16BigEndian(value);
        return size <= value.Length ? size : -1;
    }

    private static int SizeOfText(ReadOnlySpan<byte> value)
    {
        var size = SizeOfBinary(value);
        return size >= 0 && Utf8.IsValid(value[2..size]) && !value[2..size].Contains((byte)0) ? size : -1;
    }
}
