using System.Buffers.Binary;

namespace EdgeFace.Vision.Pictures;

/// <summary>Finds the EXIF block among a JPEG file's segments (ITU-T T.81, B.1.1; CIPA DC-008, 4.7.2).</summary>
internal static class JpegExif
{
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte FirstRestart = 0xD0;
    private const byte Temporary = 0x01;
    private const byte App1 = 0xE1;

    private static ReadOnlySpan<byte> Identifier => "Exif\0\0"u8;

    /// <summary>The TIFF structure of the first EXIF segment; empty when there is none, or a segment's length lies.</summary>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> jpeg)
    {
        var at = 2;
        while (at + 4 <= jpeg.Length && jpeg[at] == 0xFF)
        {
            var marker = jpeg[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (marker is StartOfScan or EndOfImage)
                return default;
            if (marker is Temporary or (>= FirstRestart and <= StartOfImage))
            {
                at += 2;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || at + 2 + length > jpeg.Length)
                return default;
            var content = jpeg.Slice(at + 4, length - 2);
            if (marker == App1 && content.StartsWith(Identifier))
                return content[Identifier.Length..];
            at += 2 + length;
        }

        return default;
    }
}
