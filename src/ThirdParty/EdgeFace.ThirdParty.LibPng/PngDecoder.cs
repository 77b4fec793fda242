using static EdgeFace.ThirdParty.LibPng.NativeMethods;

namespace EdgeFace.ThirdParty.LibPng;

/// <summary>Decodes PNG files in memory, of every colour type, depth and interlacing.</summary>
public static unsafe class PngDecoder
{
    /// <summary>
    /// Decodes to rows of blue, green, red, 8 bits each, sRGB, without padding. Transparency is composited on one
    /// background colour in linear light; 16-bit files that name no colour space are taken as sRGB, as other readers do.
    /// </summary>
    /// <param name="png">The file.</param>
    /// <param name="bgr">At least width x height x 3 bytes.</param>
    /// <param name="width">The width that the caller found in the header; another one in the file is an error.</param>
    /// <param name="height">The height that the caller found in the header.</param>
    /// <param name="background">The grey level behind transparent pixels, 0..255.</param>
    /// <exception cref="PngException">The file is damaged or truncated.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static void DecodeBgr(ReadOnlySpan<byte> png, Span<byte> bgr, int width, int height, byte background)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, (long)width * height * 3, nameof(bgr));
        var image = new PngImage { Version = ImageVersion };
        var color = stackalloc byte[3] { background, background, background };
        fixed (byte* file = png)
        fixed (byte* pixels = bgr)
        {
            try
            {
                if (png_image_begin_read_from_memory(&image, file, (nuint)png.Length) == 0)
                    throw PngException.Of(&image);
                if (image.Width != (uint)width || image.Height != (uint)height)
                    throw new PngException($"the header says {image.Width} x {image.Height}, not {width} x {height}");
                image.Format = FormatBgr;
                image.Flags |= Flag16BitSrgb;
                if (png_image_finish_read(&image, color, pixels, width * 3, colormap: null) == 0)
                    throw PngException.Of(&image);
            }
            finally
            {
                png_image_free(&image);
            }
        }
    }
}
