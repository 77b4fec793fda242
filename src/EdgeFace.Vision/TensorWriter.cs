using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>The order of the planes of a tensor.</summary>
public enum ChannelOrder
{
    /// <summary>Three planes: blue, green, red.</summary>
    Bgr,

    /// <summary>Three planes: red, green, blue.</summary>
    Rgb,

    /// <summary>One plane of luminance (0.299 R + 0.587 G + 0.114 B, rounded to whole levels first).</summary>
    Gray,
}

/// <summary>Turns interleaved bytes into the planes of an NCHW tensor.</summary>
public static class TensorWriter
{
    /// <summary>How many planes an order has.</summary>
    public static int Channels(ChannelOrder order) => order == ChannelOrder.Gray ? 1 : 3;

    /// <summary>Writes 1 x <see cref="Channels"/> x height x width: tensor = (pixel - mean) * scale, in single precision in this order.</summary>
    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame; for <see cref="ChannelOrder.Gray"/> also a <see cref="PixelFormat.Gray8"/> one.</param>
    /// <param name="tensor">Exactly as long as the tensor.</param>
    /// <exception cref="ArgumentException">The frame has another format, or the tensor another length.</exception>
    public static void WriteNchw(Frame bgr, Span<float> tensor, ChannelOrder order, float mean, float scale)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        var plane = bgr.Width * bgr.Height;
        if (tensor.Length != plane * Channels(order))
        {
            throw new ArgumentException(
                $"A frame of {bgr.Width}x{bgr.Height} in order {order} makes {plane * Channels(order)} values, the tensor has {tensor.Length}.", nameof(tensor));
        }

        if (order == ChannelOrder.Gray)
        {
            WriteGray(bgr, tensor, mean, scale);
            return;
        }

        FrameGuard.HasFormat(bgr, PixelFormat.Bgr24, nameof(bgr));
        var (first, middle, last) = (0, plane, 2 * plane);
        var (blue, red) = order == ChannelOrder.Bgr ? (first, last) : (last, first);
        PlaneKernel.Split(bgr.Pixels, tensor.Slice(blue, plane), tensor.Slice(middle, plane), tensor.Slice(red, plane), mean, scale);
    }

    private static void WriteGray(Frame frame, Span<float> tensor, float mean, float scale)
    {
        if (frame.Format == PixelFormat.Gray8)
        {
            PlaneKernel.Single(frame.Pixels, tensor, mean, scale);
            return;
        }

        FrameGuard.HasFormat(frame, PixelFormat.Bgr24, nameof(frame));
        Span<byte> gray = stackalloc byte[256];
        for (var i = 0; i < tensor.Length; i += gray.Length)
        {
            var part = gray[..Math.Min(gray.Length, tensor.Length - i)];
            GrayKernel.Convert(frame.Pixels.AsSpan(3 * i, 3 * part.Length), part);
            PlaneKernel.Single(part, tensor.Slice(i, part.Length), mean, scale);
        }
    }
}
