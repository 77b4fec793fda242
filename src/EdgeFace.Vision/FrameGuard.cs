using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>Checks of the frames that a caller hands in; a mistake here is one of the program, not of the input.</summary>
internal static class FrameGuard
{
    public static void HasFormat(Frame frame, PixelFormat format, string name)
    {
        ArgumentNullException.ThrowIfNull(frame, name);
        if (frame.Format != format)
            throw new ArgumentException($"A {format} frame is needed, this one is {frame.Format}.", name);
    }

    public static void HasSize(Frame frame, int width, int height, string name)
    {
        if (frame.Width != width || frame.Height != height)
            throw new ArgumentException($"A frame of {width}x{height} is needed, this one is {frame.Width}x{frame.Height}.", name);
    }

    public static void AreDistinct(Frame source, Frame target, string name)
    {
        if (ReferenceEquals(source, target))
            throw new ArgumentException("Source and target must be different frames.", name);
    }
}
