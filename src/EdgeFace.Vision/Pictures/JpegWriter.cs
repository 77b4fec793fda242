using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.ThirdParty.TurboJpeg;

namespace EdgeFace.Vision.Pictures;

/// <summary>Writes frames as JPEG: baseline, 4:2:0, without EXIF.</summary>
public static class JpegWriter
{
    public const int MinQuality = 1;
    public const int MaxQuality = 100;

    /// <param name="bgr">A frame of format <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="quality">1..100, 90 by default.</param>
    /// <exception cref="InputException">The library is not installed, or a side is above 65,500 pixels.</exception>
    public static byte[] Encode(Frame bgr, int quality = 90)
    {
        BgrOnly.Check(bgr);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, MinQuality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, MaxQuality);
        try
        {
            return TurboJpegCompressor.CompressBgr(bgr.Pixels, bgr.Width, bgr.Height, quality);
        }
        catch (TurboJpegException e)
        {
            throw new InputException($"a frame of {bgr.Width} x {bgr.Height} pixels cannot be encoded as JPEG ({e.Message})", e);
        }
        catch (Exception e) when (MissingLibrary.IsReason(e))
        {
            throw MissingLibrary.Of("JPEG", TurboJpegLibrary.FileName, TurboJpegLibrary.DebianPackage, e);
        }
    }

    /// <summary>Writes a file that is there whole or not at all, also after a power cut; a file of this name is replaced.</summary>
    /// <exception cref="InputException">As for <see cref="Encode"/>, or the file cannot be written.</exception>
    public static void Write(Frame bgr, string path, int quality = 90) => PictureOutput.Write(path, Encode(bgr, quality));
}
