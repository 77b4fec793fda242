using System.Buffers;
using static EdgeFace.ThirdParty.LibPng.NativeMethods;

namespace EdgeFace.ThirdParty.LibPng;

/// <summary>Encodes pixels as an 8-bit RGB PNG file.</summary>
public static unsafe class PngEncoder
{
    /// <param name="bgr">Rows of blue, green, red without padding: at least width x height x 3 bytes.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <exception cref="PngException">The library refuses, as it does for a side above 1,000,000.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static byte[] EncodeBgr(ReadOnlySpan<byte> bgr, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, (long)width * height * 3, nameof(bgr));
        var image = new PngImage { Version = ImageVersion, Width = (uint)width, Height = (uint)height, Format = FormatBgr };
        var memory = ArrayPool<byte>.Shared.Rent(checked((int)MaxSize(width, height)));
        try
        {
            fixed (byte* pixels = bgr)
            fixed (byte* file = memory)
            {
                var size = (nuint)memory.Length;
                if (png_image_write_to_memory(&image, file, ref size, convertTo8Bit: 0, pixels, width * 3, colormap: null) == 0)
                    throw PngException.Of(&image);
                return new ReadOnlySpan<byte>(file, checked((int)size)).ToArray();
            }
        }
        finally
        {
            png_image_free(&image);
            ArrayPool<byte>.Shared.Return(memory);
        }
    }

    /// <summary>PNG_IMAGE_PNG_SIZE_MAX of png.h: what incompressible pixels take, with every chunk that is written.</summary>
    private static long MaxSize(int width, int height)
    {
        const int ZlibBufferSize = 8192;
        var data = ((long)width * 3 + 1) * height;
        var compressed = data + ((data + 7) >> 3) + ((data + 63) >> 6) + 11;
        return 8 + 25 + 16 + 44 + 12 + 12 * (compressed / ZlibBufferSize + 1) + compressed;
    }
}
