using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>
/// Fits frames into a model's input: bilinear resize to the upper left corner, padding right of and below it. Keeps the
/// tables of the last source size, so that a stream of equal frames allocates nothing after the first. For one thread at a time.
/// </summary>
/// <param name="targetWidth">Width of the model's input in pixels, at least 1.</param>
/// <param name="targetHeight">Height of the model's input in pixels, at least 1.</param>
/// <param name="padding">Value of all three channels outside the picture.</param>
public sealed class Letterboxer(int targetWidth, int targetHeight, byte padding)
{
    private BilinearResizer? _resizer;
    private Letterbox _letterbox;

    public int TargetWidth { get; } = AtLeastOne(targetWidth, nameof(targetWidth));

    public int TargetHeight { get; } = AtLeastOne(targetHeight, nameof(targetHeight));

    /// <summary>Fills the whole target and says how to get back.</summary>
    /// <exception cref="ArgumentException">A frame is not <see cref="PixelFormat.Bgr24"/>, or the target has another size than this letterboxer.</exception>
    public Letterbox Apply(Frame bgrSource, Frame bgrTarget)
    {
        FrameGuard.HasFormat(bgrSource, PixelFormat.Bgr24, nameof(bgrSource));
        FrameGuard.HasFormat(bgrTarget, PixelFormat.Bgr24, nameof(bgrTarget));
        FrameGuard.HasSize(bgrTarget, TargetWidth, TargetHeight, nameof(bgrTarget));
        FrameGuard.AreDistinct(bgrSource, bgrTarget, nameof(bgrTarget));

        var resizer = ResizerFor(bgrSource);
        resizer.Resize(bgrSource.Pixels, bgrTarget.Pixels, TargetWidth * 3);
        Pad(bgrTarget.Pixels, resizer.TargetWidth, resizer.TargetHeight);
        return _letterbox;
    }

    private BilinearResizer ResizerFor(Frame source)
    {
        if (_resizer is null || !_resizer.IsFrom(source.Width, source.Height))
        {
            _letterbox = Letterbox.Fit(source.Width, source.Height, TargetWidth, TargetHeight);
            _resizer = new BilinearResizer(source.Width, source.Height, _letterbox.ContentWidth, _letterbox.ContentHeight);
        }

        return _resizer;
    }

    private void Pad(Span<byte> pixels, int contentWidth, int contentHeight)
    {
        var stride = TargetWidth * 3;
        if (contentWidth < TargetWidth)
        {
            for (var y = 0; y < contentHeight; y++)
                pixels.Slice(y * stride + contentWidth * 3, stride - contentWidth * 3).Fill(padding);
        }

        pixels[(contentHeight * stride)..].Fill(padding);
    }

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
