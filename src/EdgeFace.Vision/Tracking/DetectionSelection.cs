using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tracking;

/// <summary>The usable detections of a frame, best score first and at most so many. Allocates nothing.</summary>
internal sealed class DetectionSelection(int capacity)
{
    /// <summary>Beyond this many pixels from the origin a coordinate is a fault, not a place.</summary>
    private const float MaxCoordinate = 1e6f;

    /// <summary>A face less than a pixel wide or high is degenerate.</summary>
    private const float MinSide = 1;

    private readonly int[] _indices = new int[capacity];

    public int Count { get; private set; }

    /// <summary>Indices into the detections; the caller may reorder them.</summary>
    public Span<int> Indices => _indices.AsSpan(0, Count);

    /// <summary>Leaves out scores below the least one and boxes that are degenerate or not finite; equal scores keep their order.</summary>
    public void Fill(ReadOnlySpan<FaceDetection> detections, float leastScore)
    {
        Count = 0;
        for (var i = 0; i < detections.Length; i++)
        {
            ref readonly var detection = ref detections[i];
            if (detection.Score >= leastScore && float.IsFinite(detection.Score) && IsUsable(detection.Box))
                Insert(detections, i);
        }
    }

    /// <summary>How many of the indices, from the front, have at least this score.</summary>
    public int CountFrom(ReadOnlySpan<FaceDetection> detections, float score)
    {
        var count = 0;
        while (count < Count && detections[_indices[count]].Score >= score)
            count++;
        return count;
    }

    private void Insert(ReadOnlySpan<FaceDetection> detections, int index)
    {
        var score = detections[index].Score;
        if (Count == _indices.Length)
        {
            if (score <= detections[_indices[Count - 1]].Score)
                return;
            Count--;
        }

        var at = Count++;
        for (; at > 0 && detections[_indices[at - 1]].Score < score; at--)
            _indices[at] = _indices[at - 1];
        _indices[at] = index;
    }

    // Comparisons that are false for NaN.
    private static bool IsUsable(in FaceBox box)
        => box.Width >= MinSide && box.Height >= MinSide && box.X > -MaxCoordinate && box.Y > -MaxCoordinate
            && box.Right < MaxCoordinate && box.Bottom < MaxCoordinate;
}
