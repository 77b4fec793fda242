namespace EdgeFace.ThirdParty.TurboJpeg;

/// <summary>How the file stores colour (<c>enum TJCS</c>).</summary>
public enum TurboJpegColorspace
{
    Rgb = 0,
    YCbCr = 1,
    Gray = 2,
    Cmyk = 3,
    Ycck = 4,
}

/// <summary>What the header of a JPEG file says.</summary>
public readonly record struct TurboJpegHeader(int Width, int Height, TurboJpegColorspace Colorspace);

/// <summary>Decodes JPEG files in memory; not safe for use from several threads at once.</summary>
public sealed unsafe class TurboJpegDecompressor : IDisposable
{
    private nint _handle;

    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public TurboJpegDecompressor()
    {
        _handle = NativeMethods.tjInitDecompress();
        if (_handle == 0)
            throw TurboJpegException.Last(0);
    }

    /// <summary>Reads the header only; no memory is taken for pixels.</summary>
    /// <exception cref="TurboJpegException">Not a JPEG file, or one that the library has a warning about.</exception>
    public TurboJpegHeader ReadHeader(ReadOnlySpan<byte> jpeg)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        fixed (byte* file = jpeg)
        {
            if (NativeMethods.tjDecompressHeader3(
                    _handle, file, (nuint)jpeg.Length, out var width, out var height, out _, out var colorspace) != 0)
            {
                throw TurboJpegException.Last(_handle);
            }

            return new TurboJpegHeader(width, height, (TurboJpegColorspace)colorspace);
        }
    }

    /// <summary>Decodes to rows of blue, green, red without padding. A warning is an error: the file is damaged or truncated.</summary>
    /// <param name="jpeg">The file.</param>
    /// <param name="bgr">At least width x height x 3 bytes.</param>
    /// <param name="width">The header's width.</param>
    /// <param name="height">The header's height.</param>
    /// <exception cref="TurboJpegException">The file is damaged, truncated, or of a kind that the library cannot turn into BGR.</exception>
    public void DecompressBgr(ReadOnlySpan<byte> jpeg, Span<byte> bgr, int width, int height)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, (long)width * height * 3, nameof(bgr));
        fixed (byte* file = jpeg)
        fixed (byte* pixels = bgr)
        {
            if (NativeMethods.tjDecompress2(
                    _handle, file, (nuint)jpeg.Length, pixels, width, width * 3, height, NativeMethods.PixelFormatBgr,
                    NativeMethods.FlagStopOnWarning | NativeMethods.FlagLimitScans) != 0)
            {
                throw TurboJpegException.Last(_handle);
            }
        }
    }

    public void Dispose()
    {
        if (_handle != 0)
            _ = NativeMethods.tjDestroy(_handle);
        _handle = 0;
    }
}
