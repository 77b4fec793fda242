using System.Globalization;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Recording;

/// <summary>Collects the faces of one visit.</summary>
internal sealed class VisitRecorder(RecognitionPolicy policy, TimeProvider time)
{
    /// <summary>Faces that a recording holds at most: what follows no longer decides much, and memory is bounded.</summary>
    public const int MaxFaces = 64;

    private readonly List<RecordedFace> _faces = [];
    private readonly List<Frame> _pictures = [];
    private bool _truncated;

    /// <param name="news">The face, with its aligned picture.</param>
    /// <param name="decider">As it stands after the face.</param>
    public void Add(in FaceNews news, VisitDecider decider)
    {
        if (_faces.Count == MaxFaces)
        {
            _truncated = true;
            return;
        }

        _pictures.Add(news.Aligned!.Retain());
        _faces.Add(new RecordedFace
        {
            Picture = string.Create(CultureInfo.InvariantCulture, $"face-{_faces.Count:000}.png"),
            AtMs = Math.Round((news.At - news.FirstSeen).TotalMilliseconds, 1),
            Quality = news.Quality.Total,
            Decision = decider.Decision,
            PersonId = decider.Person?.Id,
            Similarity = decider.Similarity,
        });
    }

    /// <summary>Hands the faces over.</summary>
    public VisitRecording Finish(VisitEvent end) => new()
    {
        Time = time.GetUtcNow(),
        Event = end,
        Policy = policy,
        Faces = _faces,
        Truncated = _truncated,
        Pictures = _pictures,
    };
}
