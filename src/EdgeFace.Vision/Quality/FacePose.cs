using System.Numerics;
using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Quality;

/// <summary>
/// How far a face is turned away, from where the nose lies between eyes and mouth. Measured along the line from eye to eye
/// and along the line from the eyes to the mouth, so roll does not matter: alignment takes it away.
/// </summary>
internal static class FacePose
{
    /// <summary>Where the nose of a frontal face lies on the way from eyes (0) to mouth (1); 0.495 in the ArcFace template.</summary>
    private const float FrontalNose = 0.5f;

    /// <summary>Deviation from <see cref="FrontalNose"/> that scores 0.</summary>
    private const float NoseRange = 0.4f;

    /// <summary>
    /// (1 - |yaw|) (1 - |pitch|), each factor not below 0. Yaw is the nose's distance from the line between the middles of eyes
    /// and mouth over half the distance of the eyes (1 where the nose stands below an eye, about 50 degrees); pitch is the
    /// nose's deviation from the middle between eyes and mouth over 0.4 of that way. 0 for points that make no face.
    /// </summary>
    public static float Frontalness(in Landmarks5 points)
    {
        var eyes = (points.LeftEye + points.RightEye) / 2;
        var mouth = (points.LeftMouth + points.RightMouth) / 2;
        var halfEyes = (points.RightEye - points.LeftEye) / 2;
        var down = mouth - eyes;
        var nose = points.Nose - eyes;

        // nose = yaw * halfEyes + way * down, solved by Cramer's rule: the frame of reference turns with the face.
        var area = Cross(halfEyes, down);
        if (!float.IsFinite(area) || !(area > 0))
            return 0;
        var yaw = Cross(nose, down) / area;
        var pitch = (Cross(halfEyes, nose) / area - FrontalNose) / NoseRange;
        return Left(yaw) * Left(pitch);
    }

    /// <summary>1 - |deviation|, 0 for anything beyond and for NaN.</summary>
    private static float Left(float deviation) => MathF.Abs(deviation) is var size && size < 1 ? 1 - size : 0;

    private static float Cross(Vector2 a, Vector2 b) => a.X * b.Y - a.Y * b.X;
}
