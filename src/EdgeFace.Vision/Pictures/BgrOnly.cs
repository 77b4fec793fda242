using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Pictures;

internal static class BgrOnly
{
    /// <exception cref="ArgumentException">The frame has another format.</exception>
    internal static void Check(Frame bgr)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        if (bgr.Format != PixelFormat.Bgr24)
            throw new ArgumentException($"A frame of format {PixelFormat.Bgr24} is needed, not {bgr.Format}.", nameof(bgr));
    }
}
