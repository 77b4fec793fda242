using System.Numerics;
using EdgeFace.Core.Faces;

namespace EdgeFace.Vision;

/// <summary>
/// How a picture was fitted into a model's input: scaled with its proportions kept, placed in the upper left corner, the
/// rest padded. All coordinates are continuous pixels (0 is the left edge of the first pixel).
/// </summary>
/// <param name="Scale">Target pixels per source pixel, as wanted; the content is rounded to whole pixels (see
/// <see cref="ContentWidth"/>), and <see cref="ToSource(FaceBox)"/> counts with what was really done.</param>
public readonly record struct Letterbox(int SourceWidth, int SourceHeight, int TargetWidth, int TargetHeight, float Scale)
{
    /// <summary>Width of the scaled picture inside the target, 1..<see cref="TargetWidth"/>.</summary>
    public int ContentWidth => Content(SourceWidth, TargetWidth);

    /// <summary>Height of the scaled picture inside the target, 1..<see cref="TargetHeight"/>.</summary>
    public int ContentHeight => Content(SourceHeight, TargetHeight);

    /// <summary>The largest fit of a source into a target; enlarges when the source is the smaller one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static Letterbox Fit(int sourceWidth, int sourceHeight, int targetWidth, int targetHeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetHeight, 1);
        var scale = Math.Min((double)targetWidth / sourceWidth, (double)targetHeight / sourceHeight);
        return new Letterbox(sourceWidth, sourceHeight, targetWidth, targetHeight, (float)scale);
    }

    /// <summary>A box in pixels of the target, in pixels of the source; not clipped to the picture.</summary>
    public FaceBox ToSource(FaceBox box)
    {
        var (x, y) = Ratios();
        return new FaceBox(box.X * x, box.Y * y, box.Width * x, box.Height * y);
    }

    /// <summary>A point in pixels of the target, in pixels of the source.</summary>
    public Vector2 ToSource(Vector2 point)
    {
        var (x, y) = Ratios();
        return new Vector2(point.X * x, point.Y * y);
    }

    private (float X, float Y) Ratios() => ((float)SourceWidth / ContentWidth, (float)SourceHeight / ContentHeight);

    private int Content(int source, int target) => Math.Clamp((int)MathF.Round(source * Scale), 1, target);
}
