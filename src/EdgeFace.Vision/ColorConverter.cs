using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>
/// Colour conversion in fixed point, byte for byte as OpenCV's <c>COLOR_YUV2BGR_I420</c> and <c>COLOR_BGR2GRAY</c>.
/// Only pixels are written: sequence and times of the target stay the caller's.
/// </summary>
public static class ColorConverter
{
    /// <summary>The instruction set that the kernels run on in this process, for the log: <c>AVX2</c>, <c>AdvSimd</c>, <c>Vector128</c> or <c>scalar</c>.</summary>
    public static string Kernel => Simd.Name;

    /// <summary>Planar YUV 4:2:0 (BT.601, limited range) to interleaved BGR. Odd widths and heights are allowed.</summary>
    /// <exception cref="ArgumentException">A frame has another format, or the sizes differ.</exception>
    public static void I420ToBgr(Frame i420, Frame bgr)
    {
        FrameGuard.HasFormat(i420, PixelFormat.I420, nameof(i420));
        FrameGuard.HasFormat(bgr, PixelFormat.Bgr24, nameof(bgr));
        FrameGuard.HasSize(bgr, i420.Width, i420.Height, nameof(bgr));

        var (width, height) = (i420.Width, i420.Height);
        var (chromaWidth, chromaHeight) = ((width + 1) / 2, (height + 1) / 2);
        ReadOnlySpan<byte> luma = i420.Pixels.AsSpan(0, width * height);
        ReadOnlySpan<byte> u = i420.Pixels.AsSpan(width * height, chromaWidth * chromaHeight);
        ReadOnlySpan<byte> v = i420.Pixels.AsSpan(width * height + u.Length, u.Length);
        for (var row = 0; row < chromaHeight; row++)
        {
            // An odd height leaves one row without a partner: it is converted onto itself twice.
            var top = 2 * row;
            var bottom = Math.Min(top + 1, height - 1);
            I420Kernel.RowPair(
                luma.Slice(top * width, width),
                luma.Slice(bottom * width, width),
                u.Slice(row * chromaWidth, chromaWidth),
                v.Slice(row * chromaWidth, chromaWidth),
                bgr.Pixels.AsSpan(top * width * 3, width * 3),
                bgr.Pixels.AsSpan(bottom * width * 3, width * 3));
        }
    }

    /// <summary>Luminance with the weights 0.299 R + 0.587 G + 0.114 B (BT.601) in 15 bit fixed point.</summary>
    /// <exception cref="ArgumentException">A frame has another format, or the sizes differ.</exception>
    public static void BgrToGray(Frame bgr, Frame gray)
    {
        FrameGuard.HasFormat(bgr, PixelFormat.Bgr24, nameof(bgr));
        FrameGuard.HasFormat(gray, PixelFormat.Gray8, nameof(gray));
        FrameGuard.HasSize(gray, bgr.Width, bgr.Height, nameof(gray));
        GrayKernel.Convert(bgr.Pixels, gray.Pixels);
    }
}
