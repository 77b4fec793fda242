using EdgeFace.Core.Faces;

namespace EdgeFace.Vision;

/// <summary>Greedy non-maximum suppression: of boxes that overlap, the one with the best score stays.</summary>
public static class NonMaxSuppression
{
    private static readonly Comparison<FaceDetection> BestFirst = Compare;

    /// <summary>
    /// Sorts the detections by score, best first, in place, and moves those that stay to the front, still sorted. A detection
    /// stays when its intersection over union with every better one that stays is at most the threshold. Equal scores are
    /// ordered by position (y, x, height, width), so the result does not depend on the order of the input. Detections with a
    /// box or score that is not finite, or with a box without area, are dropped.
    /// </summary>
    /// <param name="detections">What lies behind the returned count afterwards is left over and means nothing.</param>
    /// <param name="iouThreshold">0..1.</param>
    /// <returns>How many stay.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is outside 0..1.</exception>
    public static int Apply(Span<FaceDetection> detections, float iouThreshold)
    {
        if (!(iouThreshold >= 0 && iouThreshold <= 1))
            throw new ArgumentOutOfRangeException(nameof(iouThreshold), iouThreshold, "An IoU threshold lies between 0 and 1.");

        var candidates = detections[..DropUnusable(detections)];
        candidates.Sort(BestFirst);
        var kept = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            // No IoU is above 1: nothing to compare, and the candidates may be thousands.
            if (iouThreshold == 1 || !IsCovered(candidates[..kept], candidates[i].Box, iouThreshold))
                candidates[kept++] = candidates[i];
        }

        return kept;
    }

    private static bool IsCovered(ReadOnlySpan<FaceDetection> kept, in FaceBox box, float iouThreshold)
    {
        foreach (ref readonly var better in kept)
        {
            if (better.Box.Iou(box) > iouThreshold)
                return true;
        }

        return false;
    }

    private static int DropUnusable(Span<FaceDetection> detections)
    {
        var count = 0;
        for (var i = 0; i < detections.Length; i++)
        {
            if (IsUsable(detections[i]))
                detections[count++] = detections[i];
        }

        return count;
    }

    private static bool IsUsable(in FaceDetection detection)
    {
        var box = detection.Box;
        return float.IsFinite(detection.Score) && float.IsFinite(box.X) && float.IsFinite(box.Y)
            && float.IsFinite(box.Area) && box.Area > 0;
    }

    private static int Compare(FaceDetection left, FaceDetection right)
    {
        var order = right.Score.CompareTo(left.Score);
        if (order == 0)
            order = left.Box.Y.CompareTo(right.Box.Y);
        if (order == 0)
            order = left.Box.X.CompareTo(right.Box.X);
        if (order == 0)
            order = left.Box.Height.CompareTo(right.Box.Height);
        return order == 0 ? left.Box.Width.CompareTo(right.Box.Width) : order;
    }
}
