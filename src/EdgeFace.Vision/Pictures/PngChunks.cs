using System.Buffers.Binary;
using EdgeFace.Core;

namespace EdgeFace.Vision.Pictures;

/// <summary>
/// What the reader needs to know of a PNG file before libpng sees it. The walk ends at IEND, so that a file cut anywhere
/// is refused: libpng stops reading at the last row. Checksums are libpng's business.
/// </summary>
internal readonly ref struct PngChunks
{
    private const int HeaderLength = 13;
    private const int Overhead = 12;

    private PngChunks(int width, int height, ReadOnlySpan<byte> exif)
    {
        Width = width;
        Height = height;
        Exif = exif;
    }

    internal int Width { get; }

    internal int Height { get; }

    /// <summary>The TIFF structure of the first eXIf chunk; empty when there is none.</summary>
    internal ReadOnlySpan<byte> Exif { get; }

    /// <param name="png">The whole file, which begins with PNG's signature.</param>
    /// <param name="name">What the messages call it.</param>
    /// <param name="maxPixels">Most pixels.</param>
    /// <exception cref="InputException">The file is truncated, a length in it lies, it has too many pixels, or is both interlaced and 16-bit.</exception>
    internal static PngChunks Read(ReadOnlySpan<byte> png, string name, int maxPixels)
    {
        var at = PictureSignature.Png.Length;
        var header = Next(png, name, ref at);
        if (!header.Type.SequenceEqual("IHDR"u8) || header.Content.Length != HeaderLength)
            throw PictureReader.Damaged(name, "PNG", "it does not begin with the chunk IHDR");
        var width = BinaryPrimitives.ReadUInt32BigEndian(header.Content);
        var height = BinaryPrimitives.ReadUInt32BigEndian(header.Content[4..]);
        PictureReader.CheckSize(name, "PNG", width, height, maxPixels);
        CheckLayout(header.Content, name);
        return new PngChunks((int)width, (int)height, FindExif(png, name, at));
    }

    /// <summary>
    /// libpng's simplified API writes past its buffer for interlaced 16-bit pictures read as 8-bit (CVE-2025-65018), and
    /// where that is mended (1.6.39-2+deb12u6 was tried) the rows of the passes come out mixed. Hardly any program
    /// writes such pictures.
    /// </summary>
    private static void CheckLayout(ReadOnlySpan<byte> header, string name)
    {
        const int BitDepth = 8, Interlacing = 12;
        if (header[BitDepth] == 16 && header[Interlacing] != 0)
            throw new InputException($"{name} is an interlaced PNG picture of 16 bits a channel, which cannot be read safely: save it without interlacing or with 8 bits first");
    }

    /// <summary>Walks all chunks to the last one.</summary>
    private static ReadOnlySpan<byte> FindExif(ReadOnlySpan<byte> png, string name, int at)
    {
        ReadOnlySpan<byte> exif = default;
        while (true)
        {
            var chunk = Next(png, name, ref at);
            if (chunk.Type.SequenceEqual("IEND"u8))
                return exif;
            if (exif.IsEmpty && chunk.Type.SequenceEqual("eXIf"u8))
                exif = chunk.Content;
        }
    }

    /// <summary>Length, type, content, checksum (PNG specification, 5.3).</summary>
    private static Chunk Next(ReadOnlySpan<byte> png, string name, scoped ref int at)
    {
        var rest = png[at..];
        if (rest.Length < Overhead)
            throw PictureReader.Damaged(name, "PNG", $"it ends after {png.Length} bytes without the chunk IEND");
        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - Overhead)
            throw PictureReader.Damaged(name, "PNG", $"the chunk at byte {at} claims {length} bytes, {rest.Length - Overhead} are left");
        at += Overhead + (int)length;
        return new Chunk(rest.Slice(4, 4), rest.Slice(8, (int)length));
    }

    private readonly ref struct Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        internal ReadOnlySpan<byte> Type { get; } = type;

        internal ReadOnlySpan<byte> Content { get; } = content;
    }
}
