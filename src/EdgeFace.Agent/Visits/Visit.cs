using EdgeFace.Agent.Pipeline;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Visits;

/// <summary>One visit under way: its identity, what has been reported of it, and its best picture.</summary>
internal sealed class Visit(Guid id, VisitDecider decider)
{
    private Frame? _scene;

    public Guid Id { get; } = id;

    public VisitDecider Decider { get; } = decider;

    /// <summary>Whether a begin has been reported; its events must then end with an end.</summary>
    public bool Reported { get; set; }

    /// <summary>Where the visit begins when it is not where its track began; null otherwise.</summary>
    public VisitStart? Start { get; private set; }

    /// <summary>Quality of the best face; null before the first.</summary>
    public float? BestQuality { get; private set; }

    /// <summary>The face in <see cref="Scene"/>.</summary>
    public FaceBox SceneBox { get; private set; }

    /// <summary>The frame with the best face, held by the visit; null unless pictures are wanted.</summary>
    public Frame? Scene => _scene;

    /// <summary>The visit took a track over from somebody else at this face: what came before is not its own.</summary>
    public void StartsAt(in FaceNews news) => Start = new VisitStart(news.Timestamp, news.At, news.Frames - 1);

    /// <summary>Remembers the best face.</summary>
    public void Saw(float quality, FaceBox box, Frame? scene)
    {
        if (quality <= BestQuality)
            return;
        BestQuality = quality;
        if (scene is null)
            return;
        _scene?.Release();
        _scene = scene.Retain();
        SceneBox = box;
    }

    /// <summary>Lets the picture go.</summary>
    public void Release()
    {
        _scene?.Release();
        _scene = null;
    }
}

/// <summary>The beginning of a visit that took a track over.</summary>
/// <param name="Timestamp">Monotonic time of its first frame.</param>
/// <param name="FirstSeen">Source time of its first frame.</param>
/// <param name="FramesBefore">Frames of the track that were somebody else's.</param>
internal sealed record VisitStart(long Timestamp, TimeSpan FirstSeen, int FramesBefore);
