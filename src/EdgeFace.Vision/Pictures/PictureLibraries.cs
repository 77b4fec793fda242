using EdgeFace.Core;
using EdgeFace.ThirdParty.LibPng;
using EdgeFace.ThirdParty.TurboJpeg;

namespace EdgeFace.Vision.Pictures;

/// <summary>The native codecs that are here, for a report on the installation.</summary>
public static class PictureLibraries
{
    /// <summary>Version of libjpeg-turbo, such as <c>2.1.5</c>.</summary>
    /// <exception cref="InputException">The library is not installed.</exception>
    public static string JpegVersion
    {
        get
        {
            try
            {
                return TurboJpegLibrary.Version;
            }
            catch (Exception e) when (MissingLibrary.IsReason(e))
            {
                throw MissingLibrary.Of("JPEG", TurboJpegLibrary.FileName, TurboJpegLibrary.DebianPackage, e);
            }
        }
    }

    /// <summary>Version of libpng, such as <c>1.6.39</c>.</summary>
    /// <exception cref="InputException">The library is not installed.</exception>
    public static string PngVersion
    {
        get
        {
            try
            {
                return PngLibrary.Version;
            }
            catch (Exception e) when (MissingLibrary.IsReason(e))
            {
                throw MissingLibrary.Of("PNG", PngLibrary.FileName, PngLibrary.DebianPackage, e);
            }
        }
    }
}
