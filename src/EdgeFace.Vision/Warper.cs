using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>
/// Bilinear resampling through a transform. Outside of the source everything is 0, and a sample at the border mixes with
/// that 0. The weights have 11 bits, the result is rounded to the nearest level.
/// </summary>
public static class Warper
{
    /// <summary>
    /// Fills the target through a similarity, in the convention of <c>cv2.warpAffine</c>: whole coordinates are the centres
    /// of pixels on both sides.
    /// </summary>
    /// <param name="sourceToTarget">Brings points of the source onto the target, as <see cref="SimilarityTransform.Estimate"/> gives it.</param>
    /// <exception cref="ArgumentException">A frame is not <see cref="PixelFormat.Bgr24"/>, both are the same, or the transform has no inverse.</exception>
    public static void Similarity(Frame bgrSource, SimilarityTransform sourceToTarget, Frame bgrTarget)
    {
        Check(bgrSource, bgrTarget);
        double a = sourceToTarget.A, b = sourceToTarget.B, tx = sourceToTarget.Tx, ty = sourceToTarget.Ty;
        var square = a * a + b * b;
        if (!double.IsNormal(square) || !double.IsFinite(tx) || !double.IsFinite(ty))
            throw new ArgumentException("A transform with scale 0 or a value that is not finite cannot be undone.", nameof(sourceToTarget));
        var (ia, ib) = (a / square, b / square);
        WarpKernel.Fill(bgrSource, bgrTarget, new AffineMap(ia, ib, -(ia * tx + ib * ty), -ib, ia, ib * tx - ia * ty));
    }

    /// <summary>
    /// Resamples an axis-aligned rectangle to the size of the target, with half-pixel centres as <see cref="Resizer"/>:
    /// coordinates are continuous, 0 is the left edge of the first pixel. The rectangle may reach outside.
    /// </summary>
    /// <exception cref="ArgumentException">A frame is not <see cref="PixelFormat.Bgr24"/>, both are the same, or the rectangle is
    /// empty or not finite.</exception>
    public static void Crop(Frame bgrSource, float x, float y, float width, float height, Frame bgrTarget)
    {
        Check(bgrSource, bgrTarget);
        if (!float.IsFinite(x) || !float.IsFinite(y))
            throw new ArgumentException($"The corner ({x}, {y}) is not finite.", float.IsFinite(x) ? nameof(y) : nameof(x));
        if (!(float.IsFinite(width) && width > 0 && float.IsFinite(height) && height > 0))
            throw new ArgumentException($"A rectangle of {width} x {height} pixels cannot be resampled.", width > 0 ? nameof(height) : nameof(width));

        var columns = (double)width / bgrTarget.Width;
        var rows = (double)height / bgrTarget.Height;
        WarpKernel.Fill(bgrSource, bgrTarget, new AffineMap(columns, 0, x + 0.5 * columns - 0.5, 0, rows, y + 0.5 * rows - 0.5));
    }

    private static void Check(Frame source, Frame target)
    {
        FrameGuard.HasFormat(source, PixelFormat.Bgr24, "bgrSource");
        FrameGuard.HasFormat(target, PixelFormat.Bgr24, "bgrTarget");
        FrameGuard.AreDistinct(source, target, "bgrTarget");
    }
}
