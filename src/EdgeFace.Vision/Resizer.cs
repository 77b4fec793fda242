using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>
/// Resizes whole frames. The tables of the last <see cref="CachedPairs"/> pairs of sizes are kept for each thread, so that a
/// pair seen again allocates nothing. A stage with sizes of its own does better with a <see cref="BilinearResizer"/>.
/// </summary>
public static class Resizer
{
    /// <summary>How many pairs of sizes each thread remembers.</summary>
    public const int CachedPairs = 8;

    [ThreadStatic]
    private static BilinearResizer?[]? s_cache;

    [ThreadStatic]
    private static int s_next;

    /// <summary>Bilinear with half-pixel centres, as OpenCV's <c>INTER_LINEAR</c>: no low-pass before shrinking.</summary>
    /// <exception cref="ArgumentException">A frame is not <see cref="PixelFormat.Bgr24"/>, or both are the same.</exception>
    public static void Bilinear(Frame bgrSource, Frame bgrTarget)
    {
        FrameGuard.HasFormat(bgrSource, PixelFormat.Bgr24, nameof(bgrSource));
        FrameGuard.HasFormat(bgrTarget, PixelFormat.Bgr24, nameof(bgrTarget));
        FrameGuard.AreDistinct(bgrSource, bgrTarget, nameof(bgrTarget));
        Cached(bgrSource, bgrTarget).Resize(bgrSource.Pixels, bgrTarget.Pixels, bgrTarget.Width * 3);
    }

    private static BilinearResizer Cached(Frame source, Frame target)
    {
        var cache = s_cache ??= new BilinearResizer?[CachedPairs];
        foreach (var resizer in cache)
        {
            if (resizer is not null && resizer.IsFrom(source.Width, source.Height) && resizer.IsTo(target.Width, target.Height))
                return resizer;
        }

        var made = new BilinearResizer(source.Width, source.Height, target.Width, target.Height);
        cache[s_next] = made;
        s_next = (s_next + 1) % CachedPairs;
        return made;
    }
}
