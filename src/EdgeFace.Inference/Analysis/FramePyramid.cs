using EdgeFace.Core.Imaging;
using EdgeFace.Vision;

namespace EdgeFace.Inference;

/// <summary>
/// A picture and its halves. Bilinear sampling reads four pixels whatever the scale, so shrinking by far more than two
/// at once picks pixels instead of averaging them, and fine texture turns into noise. Halving with half-pixel centres is
/// an exact 2x2 mean; only what is left below two is then sampled. Halves are made when first asked for, into buffers
/// that stay: pictures of one size allocate nothing after the first.
/// </summary>
internal sealed class FramePyramid
{
    /// <summary>No model is served by less than this.</summary>
    private const int SmallestSide = 64;

    private readonly List<Frame> _halves = [];
    private Frame? _base;
    private int _made;

    /// <summary>Takes the next picture, which must stay as it is until the one after it.</summary>
    public void Reset(Frame bgr)
    {
        if (_base is null || _base.Width != bgr.Width || _base.Height != bgr.Height)
            _halves.Clear();
        _base = bgr;
        _made = 0;
    }

    /// <summary>The smallest level from which a target is still reached by shrinking.</summary>
    /// <param name="shrink">Pixels of the picture per pixel of the target.</param>
    /// <param name="scale">Pixels of the returned level per pixel of the picture, on both axes.</param>
    public Frame For(float shrink, out (float X, float Y) scale)
    {
        var picture = _base ?? throw new InvalidOperationException("There is no picture yet.");
        var frame = picture;
        for (var level = 0; shrink >= 2; shrink /= 2, level++)
        {
            // An odd side is stretched by a fraction of a pixel: the scales of both axes are kept apart for that.
            if (frame.Width / 2 < SmallestSide || frame.Height / 2 < SmallestSide)
                break;
            frame = Half(frame, level);
        }

        scale = ((float)frame.Width / picture.Width, (float)frame.Height / picture.Height);
        return frame;
    }

    private Frame Half(Frame above, int level)
    {
        if (level == _halves.Count)
            _halves.Add(new Frame(above.Width / 2, above.Height / 2, PixelFormat.Bgr24));
        if (level == _made)
        {
            Resizer.Bilinear(above, _halves[level]);
            _made++;
        }

        return _halves[level];
    }
}
