using EdgeFace.Core.Faces;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>What a detector found in one picture.</summary>
/// <param name="Found">Best score first.</param>
/// <param name="Faces">All labelled faces, also those that no set counts.</param>
internal sealed record PictureResult(IReadOnlyList<FaceDetection> Found, IReadOnlyList<WiderFace> Faces);

/// <summary>
/// Average precision as WIDER FACE's own evaluation computes it (wider_eval.m and its ports). Scores are stretched to 0..1
/// over all pictures. Each detection is assigned to the labelled face that it overlaps most; from an IoU of 0.5 on it is a hit
/// when the face is in the set, and neither hit nor false when the face is not. A face hit twice counts once, the second hit as
/// false. Precision and recall are taken at 1,000 thresholds; the area is that under the precision made monotone (VOC 2010).
/// Two peculiarities belong to the protocol: widths are counted as right - left + 1, and pictures without labels or without
/// detections add nothing but their faces.
/// </summary>
internal sealed class WiderAveragePrecision
{
    public const string Protocol =
        "WIDER FACE's own evaluation: IoU >= 0.5, 1,000 score thresholds, faces outside the set ignored, area under the monotone precision";

    private const int Thresholds = 1000;
    private const double LeastOverlap = 0.5;

    private readonly IReadOnlyList<PictureResult> _pictures;
    private readonly int[][] _assigned;
    private readonly double[][] _scores;

    public WiderAveragePrecision(IReadOnlyList<PictureResult> pictures)
    {
        _pictures = pictures;
        _assigned = [.. pictures.Select(Assign)];
        _scores = Stretch(pictures);
    }

    /// <summary>How many faces a set has.</summary>
    public int Count(Func<WiderFace, bool> counts) => _pictures.Sum(picture => picture.Faces.Count(counts));

    /// <summary>0..1; null when the set has no faces.</summary>
    public double? For(Func<WiderFace, bool> counts)
    {
        var faces = Count(counts);
        if (faces == 0)
            return null;
        var proposals = new long[Thresholds];
        var hits = new long[Thresholds];
        for (var i = 0; i < _pictures.Count; i++)
            Add(i, counts, proposals, hits);
        return Area(proposals, hits, faces);
    }

    private void Add(int picture, Func<WiderFace, bool> counts, long[] proposals, long[] hits)
    {
        var (scores, assigned, faces) = (_scores[picture], _assigned[picture], _pictures[picture].Faces);
        var inSet = faces.Select(counts).ToArray();
        var hit = new bool[faces.Count];
        int next = 0, proposed = 0, found = 0;
        for (var step = 0; step < Thresholds && faces.Count > 0; step++)
        {
            var threshold = 1 - (step + 1) / (double)Thresholds;
            for (; next < scores.Length && scores[next] >= threshold; next++)
            {
                var face = assigned[next];
                if (face >= 0 && !inSet[face])
                    continue;
                proposed++;
                if (face >= 0 && !hit[face])
                {
                    hit[face] = true;
                    found++;
                }
            }

            proposals[step] += proposed;
            hits[step] += found;
        }
    }

    private static double Area(long[] proposals, long[] hits, int faces)
    {
        // From the last threshold to the first, so that each recall meets the best precision at or beyond it.
        double area = 0, best = 0;
        for (var step = Thresholds - 1; step >= 0; step--)
        {
            if (proposals[step] > 0)
                best = Math.Max(best, (double)hits[step] / proposals[step]);
            area += (hits[step] - (step > 0 ? hits[step - 1] : 0)) / (double)faces * best;
        }

        return area;
    }

    /// <summary>For each detection the face that it overlaps most, -1 when it overlaps none enough.</summary>
    private static int[] Assign(PictureResult picture)
    {
        var assigned = new int[picture.Found.Count];
        for (var i = 0; i < assigned.Length; i++)
        {
            var (most, best) = (double.NegativeInfinity, -1);
            for (var face = 0; face < picture.Faces.Count; face++)
            {
                var overlap = Overlap(picture.Found[i].Box, picture.Faces[face].Box);
                if (overlap > most)
                    (most, best) = (overlap, face);
            }

            assigned[i] = most >= LeastOverlap ? best : -1;
        }

        return assigned;
    }

    /// <summary>Intersection over union with the + 1 of the evaluation's origin, where coordinates were indices of pixels.</summary>
    private static double Overlap(in FaceBox a, in FaceBox b)
    {
        double aRight = (double)a.X + a.Width, aBottom = (double)a.Y + a.Height;
        double bRight = (double)b.X + b.Width, bBottom = (double)b.Y + b.Height;
        var width = Math.Min(aRight, bRight) - Math.Max(a.X, b.X) + 1;
        var height = Math.Min(aBottom, bBottom) - Math.Max(a.Y, b.Y) + 1;
        if (!(width > 0) || !(height > 0))
            return 0;
        var inner = width * height;
        return inner / ((a.Width + 1.0) * (a.Height + 1.0) + (b.Width + 1.0) * (b.Height + 1.0) - inner);
    }

    private static double[][] Stretch(IReadOnlyList<PictureResult> pictures)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (var found in pictures.SelectMany(picture => picture.Found))
            (least, most) = (Math.Min(least, found.Score), Math.Max(most, found.Score));
        var range = most - least;
        return [.. pictures.Select(picture => picture.Found.Select(found => range > 0 ? (found.Score - least) / range : 1).ToArray())];
    }
}
