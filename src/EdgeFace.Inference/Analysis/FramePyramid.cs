using EdgeFace.Core.Imaging;
using EdgeFace.Vision;

namespace EdgeFace.Inference;

/// <summary>
/// A picture and its halves. Bilinear sampling reads four pixels whatever the scale, so shrinking by far more than two
/// at once picks pixels instead of averaging them, and fine texture turns into noise. Halving with half-pixel centres is
/// an exact 2x2 mean; only what is left below two is then sampled.
/// </summary>
internal sealed class FramePyramid
{
    /// <summary>No model is served by less than this.</summary>
    private const int SmallestSide = 64;

    private readonly List<Frame> _levels;

    public FramePyramid(Frame bgr) => _levels = [bgr];

    /// <summary>The smallest level from which a target is still reached by shrinking.</summary>
    /// <param name="shrink">Pixels of the picture per pixel of the target.</param>
    /// <param name="scale">Pixels of the returned level per pixel of the picture, on both axes.</param>
    public Frame For(float shrink, out (float X, float Y) scale)
    {
        var level = 0;
        for (; shrink >= 2; shrink /= 2)
        {
            if (!TryReach(level + 1))
                break;
            level++;
        }

        var frame = _levels[level];
        scale = ((float)frame.Width / _levels[0].Width, (float)frame.Height / _levels[0].Height);
        return frame;
    }

    private bool TryReach(int level)
    {
        if (level < _levels.Count)
            return true;
        var above = _levels[^1];
        // An odd side would be stretched by a fraction of a pixel: the scales of both axes are kept apart for that.
        if (above.Width / 2 < SmallestSide || above.Height / 2 < SmallestSide)
            return false;
        var half = new Frame(above.Width / 2, above.Height / 2, PixelFormat.Bgr24);
        Resizer.Bilinear(above, half);
        _levels.Add(half);
        return true;
    }
}
