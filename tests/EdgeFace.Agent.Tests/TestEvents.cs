using EdgeFace.Core.Events;

namespace EdgeFace.Agent.Tests;

internal static class TestEvents
{
    public static VisitEvent End(VisitDecision decision) => new()
    {
        Id = new Guid("01890000-0000-7000-8000-000000000011"),
        Device = "board",
        Camera = "door",
        Visit = new Guid("01890000-0000-7000-8000-000000000012"),
        Type = VisitEventType.End,
        Decision = decision,
        Time = DateTimeOffset.UnixEpoch,
        Person = decision == VisitDecision.Known ? new VisitPerson(FakeGallery.Anna.Id, FakeGallery.Anna.Name) : null,
        Similarity = 0.61f,
        Threshold = 0.5f,
        Box = new VisitBox(1, 2, 3, 4),
        Frame = new VisitFrame(64, 48),
        Frames = 1,
        Faces = 1,
        LatencyMs = 1,
        DurationMs = 1,
        Models = new VisitModels("d@0123456789ab", "l@0123456789ab", FakeGallery.Model),
        Gallery = new VisitGallery(1, 1),
        Agent = new VisitAgent("1.2.3", null),
    };
}
