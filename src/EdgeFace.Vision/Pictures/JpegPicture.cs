using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.ThirdParty.TurboJpeg;

namespace EdgeFace.Vision.Pictures;

/// <summary>JPEG through libturbojpeg.</summary>
internal static class JpegPicture
{
    internal static Frame Decode(ReadOnlySpan<byte> jpeg, string name, int maxPixels)
    {
        Frame frame;
        try
        {
            frame = Decompress(jpeg, name, maxPixels);
        }
        catch (TurboJpegException e)
        {
            throw PictureReader.Damaged(name, "JPEG", e.Message, e);
        }
        catch (Exception e) when (MissingLibrary.IsReason(e))
        {
            throw MissingLibrary.Of("JPEG", TurboJpegLibrary.FileName, TurboJpegLibrary.DebianPackage, e);
        }

        return Orientation.Upright(frame, ExifOrientation.OfTiff(JpegExif.Find(jpeg)));
    }

    private static Frame Decompress(ReadOnlySpan<byte> jpeg, string name, int maxPixels)
    {
        using var decompressor = new TurboJpegDecompressor();
        var header = decompressor.ReadHeader(jpeg);
        PictureReader.CheckSize(name, "JPEG", header.Width, header.Height, maxPixels);
        if (header.Colorspace is TurboJpegColorspace.Cmyk or TurboJpegColorspace.Ycck)
        {
            var stored = header.Colorspace == TurboJpegColorspace.Cmyk ? "CMYK" : "YCCK";
            throw new InputException($"{name} is a JPEG picture in {stored}, the colours of a printer: convert it to RGB first");
        }

        var frame = new Frame(header.Width, header.Height, PixelFormat.Bgr24);
        decompressor.DecompressBgr(jpeg, frame.Pixels, frame.Width, frame.Height);
        return frame;
    }
}
