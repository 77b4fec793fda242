using System.Buffers.Binary;

namespace EdgeFace.Vision.Pictures;

/// <summary>Reads the tag Orientation of an EXIF block; a block that is malformed says nothing and is no error.</summary>
internal static class ExifOrientation
{
    /// <summary>The orientation of a picture that says nothing: upright as stored.</summary>
    internal const int Upright = 1;

    private const int Tag = 0x0112;
    private const int TypeShort = 3;
    private const int TypeLong = 4;
    private const int EntryLength = 12;

    /// <param name="tiff">A TIFF structure (TIFF 6.0, section 2), from its byte order mark on; may be empty.</param>
    /// <returns>1..8 as in CIPA DC-008, 4.6.4; 1 for anything else.</returns>
    internal static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return Upright;
        bool little;
        if (tiff.StartsWith("II*\0"u8))
            little = true;
        else if (tiff.StartsWith("MM\0*"u8))
            little = false;
        else
            return Upright;

        var offset = UInt32(tiff[4..], little);
        if (offset > tiff.Length - 2)
            return Upright;
        var directory = tiff[(int)offset..];
        var entries = UInt16(directory, little);
        directory = directory[2..];
        for (var i = 0; i < entries && directory.Length >= EntryLength; i++, directory = directory[EntryLength..])
        {
            if (UInt16(directory, little) == Tag)
                return Value(directory[..EntryLength], little);
        }

        return Upright;
    }

    /// <summary>Tag, type, count, value; some writers store the value as LONG.</summary>
    private static int Value(ReadOnlySpan<byte> entry, bool little)
    {
        uint value = UInt16(entry[2..], little) switch
        {
            _ when UInt32(entry[4..], little) != 1 => Upright,
            TypeShort => UInt16(entry[8..], little),
            TypeLong => UInt32(entry[8..], little),
            _ => Upright,
        };
        return value is >= 1 and <= 8 ? (int)value : Upright;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
