namespace EdgeFace.Vision.Pictures;

internal enum PictureKind
{
    Other,
    Jpeg,
    Png,
}

/// <summary>Recognises a file by how it begins.</summary>
internal static class PictureSignature
{
    /// <summary>PNG specification, 5.2.</summary>
    internal static ReadOnlySpan<byte> Png => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The start-of-image marker and the first byte of the next marker.</summary>
    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    internal static PictureKind Of(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Jpeg) ? PictureKind.Jpeg
        : bytes.StartsWith(Png) ? PictureKind.Png
        : PictureKind.Other;

    /// <summary>For a message: the first bytes, and the format that they belong to where it is a common one.</summary>
    internal static string Describe(ReadOnlySpan<byte> bytes)
    {
        var begin = Convert.ToHexString(bytes[..Math.Min(bytes.Length, 8)]);
        for (var i = begin.Length - 2; i > 0; i -= 2)
            begin = begin.Insert(i, " ");
        return NameOf(bytes) is { } format ? $"it begins with {begin}; looks like {format}" : $"it begins with {begin}";
    }

    private static string? NameOf(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when bytes.StartsWith("GIF8"u8) => "GIF",
        _ when bytes.StartsWith("RIFF"u8) && At(bytes, 8, "WEBP"u8) => "WebP",
        _ when bytes.StartsWith("BM"u8) => "BMP",
        _ when bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) => "TIFF or a camera's raw file",
        _ when At(bytes, 4, "ftyp"u8) => NameOfBrand(bytes),
        _ when bytes.StartsWith("\0\0\0\u000CjP  "u8) => "JPEG 2000",
        _ when bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || bytes.StartsWith("\0\0\0\u000CJXL "u8) => "JPEG XL",
        _ when bytes.StartsWith("8BPS"u8) => "Photoshop",
        _ when bytes.StartsWith("%PDF"u8) => "PDF",
        _ when bytes.StartsWith("P5"u8) || bytes.StartsWith("P6"u8) => "PGM or PPM",
        _ when bytes.StartsWith("<svg"u8) || bytes.StartsWith("<?xml"u8) => "SVG or XML",
        _ when bytes.StartsWith("<"u8) => "a web page",
        _ when bytes.StartsWith("PK\u0003\u0004"u8) => "a ZIP archive",
        _ => null,
    };

    /// <summary>The brands of ISO base media files (ISO/IEC 14496-12) that phones and cameras write.</summary>
    private static string NameOfBrand(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when At(bytes, 8, "avif"u8) || At(bytes, 8, "avis"u8) => "AVIF",
        _ when At(bytes, 8, "hei"u8) || At(bytes, 8, "hev"u8) || At(bytes, 8, "mif1"u8) || At(bytes, 8, "msf1"u8) => "HEIC",
        _ => "a film",
    };

    private static bool At(ReadOnlySpan<byte> bytes, int offset, ReadOnlySpan<byte> text) =>
        bytes.Length >= offset + text.Length && bytes.Slice(offset, text.Length).SequenceEqual(text);
}
