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

    /// <summary>Quality of the best face; null before the first.</summary>
    public float? BestQuality { get; private set; }

    /// <summary>The face in <see cref="Scene"/>.</summary>
    public FaceBox SceneBox { get; private set; }

    /// <summary>The frame with the best face, held by the visit; null unless pictures are wanted.</summary>
    public Frame? Scene => _scene;

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
