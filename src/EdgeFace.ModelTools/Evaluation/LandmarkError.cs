using System.Numerics;
using EdgeFace.Core.Faces;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>How far a detector's points lie from the labelled ones.</summary>
/// <param name="Labelled">Faces with labelled points.</param>
/// <param name="Found">Of these, faces that a detection covers (IoU 0.5 or more); the rest is not in the mean.</param>
/// <param name="NormalizedMeanError">Mean distance of the five points over sqrt(w h) of the labelled box; null when none was found.</param>
internal sealed record LandmarkError(int Labelled, int Found, double? NormalizedMeanError)
{
    public const string Protocol =
        "mean distance of the five points over sqrt(width x height) of the labelled box, over labelled faces that a detection covers with IoU >= 0.5 (the best scored one counts)";

    private const float LeastOverlap = 0.5f;

    /// <summary>Null when no face has labelled points, or no detection has points.</summary>
    public static LandmarkError? Measure(IReadOnlyList<PictureResult> pictures)
    {
        var labelled = 0;
        var errors = new List<double>();
        var hasPoints = false;
        foreach (var picture in pictures)
        {
            hasPoints |= picture.Found.Any(found => found.Landmarks is not null);
            foreach (var face in picture.Faces.Where(face => face.Landmarks is not null))
            {
                labelled++;
                var cover = picture.Found.FirstOrDefault(found => found.Landmarks is not null && found.Box.Iou(face.Box) >= LeastOverlap);
                if (cover.Landmarks is { } points)
                    errors.Add(Distance(points, face.Landmarks!.Value) / Math.Sqrt(face.Box.Area));
            }
        }

        return labelled == 0 || !hasPoints ? null : new LandmarkError(labelled, errors.Count, errors.Count == 0 ? null : Math.Round(errors.Average(), 5));
    }

    private static double Distance(Landmarks5 found, Landmarks5 wanted)
    {
        Span<Vector2> a = stackalloc Vector2[Landmarks5.Count], b = stackalloc Vector2[Landmarks5.Count];
        found.CopyTo(a);
        wanted.CopyTo(b);
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += Vector2.Distance(a[i], b[i]);
        return sum / a.Length;
    }
}
