namespace EdgeFace.Core.Faces;

/// <summary>An axis-aligned box in pixels of the source frame; the corner is the upper left one and may lie outside the frame.</summary>
public readonly record struct FaceBox(float X, float Y, float Width, float Height)
{
    public float Right => X + Width;

    public float Bottom => Y + Height;

    public float CenterX => X + Width / 2;

    public float CenterY => Y + Height / 2;

    /// <summary>Area in square pixels, 0 for a degenerate box.</summary>
    public float Area => Width > 0 && Height > 0 ? Width * Height : 0;

    /// <summary>Intersection over union, 0..1; 0 when either box is degenerate.</summary>
    public float Iou(in FaceBox other)
    {
        var width = MathF.Min(Right, other.Right) - MathF.Max(X, other.X);
        var height = MathF.Min(Bottom, other.Bottom) - MathF.Max(Y, other.Y);
        if (!(width > 0) || !(height > 0))
            return 0;
        var intersection = width * height;
        var union = Area + other.Area - intersection;
        // The sides come from sums that were rounded: of equal boxes the union may be a little less than the intersection.
        return union > 0 ? MathF.Min(1, intersection / union) : 0;
    }

    /// <summary>The part inside a frame of this size; width or height 0 when nothing is.</summary>
    public FaceBox ClipTo(int frameWidth, int frameHeight)
    {
        var left = Math.Clamp(X, 0, frameWidth);
        var top = Math.Clamp(Y, 0, frameHeight);
        return new FaceBox(left, top, Math.Clamp(Right, left, frameWidth) - left, Math.Clamp(Bottom, top, frameHeight) - top);
    }
}
