using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Agent.Pipeline;

/// <summary>A frame on its way from capture to detection; without a frame: the source broke off here.</summary>
internal readonly record struct CapturedFrame(Frame? Frame);

/// <summary>What the detector found in a frame. Pooled: the track stage gives it back.</summary>
internal sealed class DetectedFrame(int maxFaces)
{
    /// <summary>BGR; null where the source broke off.</summary>
    public Frame? Frame { get; set; }

    public FaceDetection[] Faces { get; } = new FaceDetection[maxFaces];

    public int Count { get; set; }
}

/// <summary>What the track stage tells the recognise stage.</summary>
internal enum FaceNewsKind
{
    /// <summary>A face that is worth comparing.</summary>
    Face,

    /// <summary>The visit has lasted as long as it may without a decision.</summary>
    TimeUp,

    /// <summary>The track has ended.</summary>
    Gone,
}

/// <summary>News of one track, for the recognise stage.</summary>
internal readonly record struct FaceNews
{
    public required FaceNewsKind Kind { get; init; }

    /// <summary>The track, unique within a camera for as long as the agent runs.</summary>
    public required long TrackId { get; init; }

    /// <summary>The face cut out and aligned, held once by this item; null unless <see cref="FaceNewsKind.Face"/>.</summary>
    public Frame? Aligned { get; init; }

    /// <summary>The whole frame, held once by this item; null unless pictures are wanted.</summary>
    public Frame? Scene { get; init; }

    public FaceQualityScore Quality { get; init; }

    public required FaceBox Box { get; init; }

    public required int FrameWidth { get; init; }

    public required int FrameHeight { get; init; }

    /// <summary>Frames in which the face was seen so far.</summary>
    public required int Frames { get; init; }

    /// <summary>Monotonic time of the frame of this news.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Monotonic time of the first frame with the face.</summary>
    public required long FirstTimestamp { get; init; }

    /// <summary>Monotonic time of the first frame in which the face was large; 0 before.</summary>
    public required long LargeTimestamp { get; init; }

    /// <summary>Source time of the first frame with the face.</summary>
    public required TimeSpan FirstSeen { get; init; }

    /// <summary>Source time of the last frame with the face.</summary>
    public required TimeSpan LastSeen { get; init; }

    /// <summary>Source time of this news.</summary>
    public required TimeSpan At { get; init; }

    public void Release()
    {
        Aligned?.Release();
        Scene?.Release();
    }
}
