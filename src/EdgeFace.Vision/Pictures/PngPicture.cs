using EdgeFace.Core.Imaging;
using EdgeFace.ThirdParty.LibPng;

namespace EdgeFace.Vision.Pictures;

/// <summary>PNG through libpng.</summary>
internal static class PngPicture
{
    private const byte White = 255;

    internal static Frame Decode(ReadOnlySpan<byte> png, string name, int maxPixels)
    {
        var chunks = PngChunks.Read(png, name, maxPixels);
        var frame = new Frame(chunks.Width, chunks.Height, PixelFormat.Bgr24);
        try
        {
            PngDecoder.DecodeBgr(png, frame.Pixels, frame.Width, frame.Height, White);
        }
        catch (PngException e)
        {
            throw PictureReader.Damaged(name, "PNG", e.Message, e);
        }
        catch (Exception e) when (MissingLibrary.IsReason(e))
        {
            throw MissingLibrary.Of("PNG", PngLibrary.FileName, PngLibrary.DebianPackage, e);
        }

        return Orientation.Upright(frame, ExifOrientation.OfTiff(chunks.Exif));
    }
}
