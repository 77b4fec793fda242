using EdgeFace.Agent.Pipeline;
using EdgeFace.Core.Events;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Visits;

/// <summary>Writes down what is known of a visit at one moment.</summary>
internal sealed class VisitEventFactory(string device, string camera, VisitModels models, VisitAgent agent, TimeProvider time)
{
    /// <summary>A new identifier in the order of time.</summary>
    public Guid NewId() => Guid.CreateVersion7(time.GetUtcNow());

    public VisitEvent Create(VisitEventType type, Visit visit, in FaceNews news, IGallerySearch gallery)
    {
        var decider = visit.Decider;
        return new VisitEvent
        {
            Id = NewId(),
            Device = device,
            Camera = camera,
            Visit = visit.Id,
            Type = type,
            Decision = decider.Decision,
            Time = time.GetUtcNow(),
            Person = decider.Person is { } person ? new VisitPerson(person.Id, person.Name) : null,
            Similarity = decider.Similarity,
            BestSimilarity = decider.BestSimilarity,
            Threshold = decider.Threshold,
            Fpir = decider.FpirIn(gallery),
            Quality = visit.BestQuality,
            Box = new VisitBox(news.Box.X, news.Box.Y, news.Box.Width, news.Box.Height),
            Frame = new VisitFrame(news.FrameWidth, news.FrameHeight),
            Frames = Math.Max(1, news.Frames - (visit.Start?.FramesBefore ?? 0)),
            Faces = decider.Faces,
            LatencyMs = Math.Round(time.GetElapsedTime(visit.Start?.Timestamp ?? news.FirstTimestamp).TotalMilliseconds, 1),
            DurationMs = Math.Round(Math.Max(0, (news.LastSeen - (visit.Start?.FirstSeen ?? news.FirstSeen)).TotalMilliseconds), 1),
            Models = models,
            Gallery = new VisitGallery(gallery.Revision, gallery.People),
            Agent = agent,
        };
    }
}
