using System.Globalization;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Pictures;

/// <summary>
/// Reads JPEG and PNG pictures into <see cref="PixelFormat.Bgr24"/> frames, upright (EXIF orientation applied).
/// What a file is is decided by its content, never by its name.
/// <list type="bullet">
/// <item>Size and pixel count are checked before anything is decoded or allocated.</item>
/// <item>Damaged and truncated files are refused, also where the decoder would only warn.</item>
/// <item>Grey pictures become BGR, 16-bit PNG becomes 8-bit, transparent PNG is composited on white in linear light,
/// and of an animated PNG the first picture is read.</item>
/// <item>CMYK and YCCK JPEG is refused: its colours mean nothing without the printer's profile, and a guess would shift
/// every skin tone.</item>
/// <item>Interlaced PNG of 16 bits a channel is refused: libpng does not read it safely.</item>
/// <item>A PNG's gamma is brought to sRGB; colour profiles are not applied.</item>
/// </list>
/// A frame's times are left at their defaults: a still picture has none.
/// </summary>
public static class PictureReader
{
    /// <summary>Most pixels of a picture that is read (a 50 megapixel camera's).</summary>
    public const int MaxPixels = 50_000_000;

    /// <summary>Most bytes of a picture file that is read: 64 MiB.</summary>
    public const int MaxFileBytes = 64 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file is missing, a folder, not readable, too large, damaged, or not a JPEG or PNG picture;
    /// or the decoder's library is not installed.</exception>
    public static Frame Read(string path) => Decode(PictureFile.Read(path), path);

    /// <summary>Decodes a file in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What the messages call it.</param>
    /// <param name="maxPixels">Most pixels, checked before anything is decoded; 1..<see cref="MaxPixels"/>.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public static Frame Decode(ReadOnlySpan<byte> bytes, string name, int maxPixels = MaxPixels)
    {
        name = Printable(name);
        if (bytes.IsEmpty)
            throw new InputException($"{name} is empty (0 bytes): copy or export it anew");
        if (bytes.Length > MaxFileBytes)
            throw TooManyBytes(name, bytes.Length);
        try
        {
            return PictureSignature.Of(bytes) switch
            {
                PictureKind.Jpeg => JpegPicture.Decode(bytes, name, maxPixels),
                PictureKind.Png => PngPicture.Decode(bytes, name, maxPixels),
                _ => throw new InputException($"{name} is not a JPEG or PNG picture ({PictureSignature.Describe(bytes)}): convert it to JPEG or PNG first"),
            };
        }
        catch (OutOfMemoryException e)
        {
            throw new InputException($"{name} does not fit into this process's memory: scale it down first", e);
        }
    }

    internal static InputException TooManyBytes(string name, long bytes) => new(
        string.Create(CultureInfo.InvariantCulture, $"{name} has {bytes:N0} bytes; at most {MaxFileBytes:N0} (64 MiB) are read: make the picture smaller"));

    /// <summary>A name on one line, whatever the file system or a sender allows in one.</summary>
    internal static string Printable(string name) => string.Create(name.Length, name, static (line, text) =>
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? '?' : text[i];
    });

    /// <exception cref="InputException">The picture has no pixels or more than are wanted.</exception>
    internal static void CheckSize(string name, string kind, long width, long height, int maxPixels)
    {
        if (width < 1 || height < 1)
            throw Damaged(name, kind, $"its header says {width} x {height} pixels");
        // Each side first: the product of two sides near 2^32, as a lying PNG has them, overflows.
        if (width > maxPixels || height > maxPixels || width * height > maxPixels)
        {
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture, $"{name} has {width} x {height} pixels; at most {maxPixels:N0} are read: scale it down first"));
        }
    }

    internal static InputException Damaged(string name, string kind, string reason, Exception? inner = null)
    {
        var message = $"{name} is a damaged or truncated {kind} picture ({reason}): copy or export it anew";
        return inner is null ? new InputException(message) : new InputException(message, inner);
    }
}
