namespace EdgeFace.ThirdParty.TurboJpeg;

/// <summary>Encodes pixels as baseline JPEG with chroma at half resolution (4:2:0).</summary>
public static unsafe class TurboJpegCompressor
{
    /// <param name="bgr">Rows of blue, green, red without padding: at least width x height x 3 bytes.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="quality">1..100.</param>
    /// <exception cref="TurboJpegException">The library refuses, as it does for a side above 65,500.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static byte[] CompressBgr(ReadOnlySpan<byte> bgr, int width, int height, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, (long)width * height * 3, nameof(bgr));
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var handle = NativeMethods.tjInitCompress();
        if (handle == 0)
            throw TurboJpegException.Last(0);

        byte* jpeg = null;
        nuint size = 0;
        try
        {
            fixed (byte* pixels = bgr)
            {
                if (NativeMethods.tjCompress2(
                        handle, pixels, width, width * 3, height, NativeMethods.PixelFormatBgr,
                        ref jpeg, ref size, NativeMethods.Subsampling420, quality, flags: 0) != 0)
                {
                    throw TurboJpegException.Last(handle);
                }
            }

            return new ReadOnlySpan<byte>(jpeg, checked((int)size)).ToArray();
        }
        finally
        {
            if (jpeg is not null)
                NativeMethods.tjFree(jpeg);
            _ = NativeMethods.tjDestroy(handle);
        }
    }
}
