using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Visits;

/// <summary>An event on its way to the publisher.</summary>
internal sealed record VisitReport
{
    public required VisitEvent Event { get; init; }

    /// <summary>The best frame of a visit that ended, held once by this report; null unless pictures are wanted.</summary>
    public Frame? Scene { get; init; }

    /// <summary>The face in <see cref="Scene"/>.</summary>
    public FaceBox SceneBox { get; init; }

    /// <summary>Milliseconds from the first frame in which the face was large to this event; null when it never was.</summary>
    public double? LargeLatencyMs { get; init; }

    /// <summary>The faces that led to it, when the visit ended and recordings are wanted.</summary>
    public Recording.VisitRecording? Recording { get; init; }

    /// <summary>Lets the pictures go; once, by whoever has the report last.</summary>
    public void Release()
    {
        Scene?.Release();
        foreach (var picture in Recording?.Pictures ?? [])
            picture.Release();
    }
}
