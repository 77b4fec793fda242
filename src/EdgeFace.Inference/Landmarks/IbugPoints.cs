using System.Numerics;
using EdgeFace.Core.Faces;

namespace EdgeFace.Inference;

/// <summary>The 68-point mark-up of iBUG 300-W (Sagonas et al. 2016), counted from 0, and its reduction to five points.</summary>
internal static class IbugPoints
{
    public const int Count = 68;

    private const int NoseTip = 30;

    // The lids without the corners of the eye: their mean follows the pupil, where the corners follow make-up and glasses.
    private static ReadOnlySpan<byte> LeftEyeLids => [37, 38, 40, 41];

    private static ReadOnlySpan<byte> RightEyeLids => [43, 44, 46, 47];

    // Outer and inner corner of the mouth.
    private static ReadOnlySpan<byte> LeftMouthCorner => [48, 60];

    private static ReadOnlySpan<byte> RightMouthCorner => [54, 64];

    /// <param name="relative">x and y of each point in turn, as fractions of the crop's side.</param>
    public static Landmarks5 ToFive(ReadOnlySpan<float> relative, float left, float top, float side)
    {
        var origin = new Vector2(left, top);
        return new Landmarks5(
            origin + side * Mean(relative, LeftEyeLids),
            origin + side * Mean(relative, RightEyeLids),
            origin + side * Mean(relative, [NoseTip]),
            origin + side * Mean(relative, LeftMouthCorner),
            origin + side * Mean(relative, RightMouthCorner));
    }

    private static Vector2 Mean(ReadOnlySpan<float> points, ReadOnlySpan<byte> indices)
    {
        var sum = Vector2.Zero;
        foreach (var index in indices)
            sum += new Vector2(points[2 * index], points[2 * index + 1]);
        return sum / indices.Length;
    }
}
