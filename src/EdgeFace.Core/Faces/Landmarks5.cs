using System.Numerics;

namespace EdgeFace.Core.Faces;

/// <summary>
/// The five points that alignment uses, in pixels of the source frame. Left and right are the viewer's: in an upright
/// face the left eye has the smaller x.
/// </summary>
public readonly record struct Landmarks5(Vector2 LeftEye, Vector2 RightEye, Vector2 Nose, Vector2 LeftMouth, Vector2 RightMouth)
{
    /// <summary>Number of points.</summary>
    public const int Count = 5;

    /// <summary>Writes the points in declaration order.</summary>
    /// <param name="destination">At least <see cref="Count"/> long.</param>
    public void CopyTo(Span<Vector2> destination)
    {
        destination[4] = RightMouth;
        destination[0] = LeftEye;
        destination[1] = RightEye;
        destination[2] = Nose;
        destination[3] = LeftMouth;
    }
}
