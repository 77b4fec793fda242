using EdgeFace.Core.Events;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>The events of the benchmark: visits as the agent reports them.</summary>
internal static class MqttBenchEvents
{
    private static readonly VisitPerson Somebody = new(new Guid("01890000-0000-7000-8000-000000000013"), "Somebody");
    private static readonly VisitFrame Frame = new(640, 480);
    private static readonly VisitModels Models = new("detector@0123456789ab", "landmarks@0123456789ab", "embedder@0123456789ab");
    private static readonly VisitGallery Gallery = new(1, 1);
    private static readonly VisitAgent Agent = AgentVersion.ForEvents;
    private static readonly string[] Names = ["front", "back", "gate", "yard"];

    public static OutboxMessage Message(MqttBenchTarget target, ushort series, int number, DateTimeOffset now)
    {
        var id = MqttBenchArrivals.IdOf(series, number).ToString();
        var camera = CameraName(number);
        return new OutboxMessage(id, Topics.Visit(MqttBenchTarget.Root, target.Device, camera), Payload(series, number, now), MessagePriority.VisitBegin, camera, now, Expiry: null);
    }

    public static byte[] Payload(ushort series, int number, DateTimeOffset now) => VisitEventJson.Serialize(new VisitEvent
    {
        Id = MqttBenchArrivals.IdOf(series, number),
        Device = "bench",
        Camera = CameraName(number),
        Visit = new Guid("01890000-0000-7000-8000-000000000012"),
        Type = VisitEventType.Begin,
        Decision = VisitDecision.Known,
        Time = now,
        Person = Somebody,
        Similarity = 0.61f,
        Threshold = 0.5f,
        Quality = 0.8f,
        Box = new VisitBox(100, 200, 64, 80),
        Frame = Frame,
        Frames = 12,
        Faces = 12,
        LatencyMs = 123.4,
        DurationMs = 480,
        Models = Models,
        Gallery = Gallery,
        Agent = Agent,
    });

    private static string CameraName(int number) => Names[MqttBenchArrivals.CameraOf(number)];
}
