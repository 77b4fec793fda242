using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.ThirdParty.LibPng;

namespace EdgeFace.Vision.Pictures;

/// <summary>Writes frames as PNG: 8-bit RGB, sRGB, lossless.</summary>
public static class PngWriter
{
    /// <param name="bgr">A frame of format <see cref="PixelFormat.Bgr24"/>.</param>
    /// <exception cref="InputException">The library is not installed, or a side is above 1,000,000 pixels.</exception>
    public static byte[] Encode(Frame bgr)
    {
        BgrOnly.Check(bgr);
        try
        {
            return PngEncoder.EncodeBgr(bgr.Pixels, bgr.Width, bgr.Height);
        }
        catch (PngException e)
        {
            throw new InputException($"a frame of {bgr.Width} x {bgr.Height} pixels cannot be encoded as PNG ({e.Message})", e);
        }
        catch (Exception e) when (MissingLibrary.IsReason(e))
        {
            throw MissingLibrary.Of("PNG", PngLibrary.FileName, PngLibrary.DebianPackage, e);
        }
    }

    /// <summary>Writes a file that is there whole or not at all, also after a power cut; a file of this name is replaced.</summary>
    /// <exception cref="InputException">As for <see cref="Encode"/>, or the file cannot be written.</exception>
    public static void Write(Frame bgr, string path) => PictureOutput.Write(path, Encode(bgr));
}
