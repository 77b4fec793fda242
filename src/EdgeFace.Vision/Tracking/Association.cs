using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tracking;

/// <summary>One round of matching predicted boxes with detections by overlap. Allocates nothing.</summary>
internal sealed class Association(int maxTracks, int maxDetections, int confirmHits)
{
    private readonly float[] _cost = new float[maxTracks * maxDetections];
    private readonly int[] _columnOfRow = new int[maxTracks];
    private readonly AssignmentSolver _solver = new(maxTracks, maxDetections);

    /// <summary>
    /// Gives the tracks the detections that make the sum of the overlaps above <paramref name="minIou"/> greatest. What lies
    /// below counts as no match at all, so a poor pair is never bought with the loss of a good one.
    /// </summary>
    /// <param name="tracks">The candidates.</param>
    /// <param name="detections">All of the frame.</param>
    /// <param name="open">Indices of the detections that are still free; those that stay free are moved to its front.</param>
    /// <param name="minIou">Least overlap of a match.</param>
    /// <param name="now">Media time of the frame.</param>
    /// <returns>How many detections stay free.</returns>
    public int Run(ReadOnlySpan<Track> tracks, ReadOnlySpan<FaceDetection> detections, Span<int> open, float minIou, TimeSpan now)
    {
        if (tracks.IsEmpty || open.IsEmpty)
            return open.Length;

        FillCosts(tracks, detections, open, minIou);
        _solver.Solve(_cost, tracks.Length, open.Length, _columnOfRow);
        for (var row = 0; row < tracks.Length; row++)
        {
            var column = _columnOfRow[row];
            if (column < 0)
                continue;
            var index = open[column];
            if (!(tracks[row].PredictedBox.Iou(detections[index].Box) >= minIou))
                continue;
            tracks[row].Match(detections[index], index, now, confirmHits);
            open[column] = -1;
        }

        return Compact(open);
    }

    private void FillCosts(ReadOnlySpan<Track> tracks, ReadOnlySpan<FaceDetection> detections, ReadOnlySpan<int> open, float minIou)
    {
        var cell = 0;
        foreach (var track in tracks)
        {
            foreach (var index in open)
                _cost[cell++] = 1 - MathF.Max(track.PredictedBox.Iou(detections[index].Box), minIou);
        }
    }

    private static int Compact(Span<int> open)
    {
        var left = 0;
        foreach (var index in open)
        {
            if (index >= 0)
                open[left++] = index;
        }

        return left;
    }
}
