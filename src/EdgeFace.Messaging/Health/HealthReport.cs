using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFace.Core.Events;

namespace EdgeFace.Messaging.Health;

/// <summary>How a device is, once a minute: <c>health.schema.json</c>.</summary>
/// <param name="UptimeSeconds">Since the agent began to run.</param>
/// <param name="TemperatureCelsius">Of the hottest zone of the board; null where it has none.</param>
/// <param name="Models">Names and hashes of the models.</param>
public sealed record HealthReport(
    DateTimeOffset Time,
    string Version,
    double UptimeSeconds,
    double? TemperatureCelsius,
    HealthMemory Memory,
    HealthDisk Disk,
    HealthOutbox Outbox,
    HealthMqtt Mqtt,
    HealthQueues Queues,
    HealthGallery Gallery,
    IReadOnlyList<string> Models,
    IReadOnlyList<HealthCamera> Cameras)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new UtcMillisecondsConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    public byte[] WritePayload() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}

/// <summary>Of the process, bytes.</summary>
public sealed record HealthMemory(long ResidentBytes, long PeakBytes);

/// <summary>Where the data folder lies.</summary>
public sealed record HealthDisk(long FreeBytes);

/// <summary>Events that wait for the broker, and that could not be kept since the start.</summary>
public sealed record HealthOutbox(long Waiting, long Lost);

/// <summary>The connection to the broker, since the start.</summary>
/// <param name="ConnectedSince">Null without one.</param>
/// <param name="Protocol">"5" or "3.1.1".</param>
public sealed record HealthMqtt(
    DateTimeOffset? ConnectedSince, string? Protocol, long Reconnects, long Published, long Acknowledged, long Refused, int InFlight, long Received, long IncomingDropped)
{
    public static HealthMqtt Of(MqttStatistics statistics) => new(
        statistics.ConnectedSince, statistics.Protocol, statistics.Reconnects, statistics.Published, statistics.Acknowledged, statistics.Refused,
        statistics.InFlight, statistics.Received, statistics.IncomingDropped);
}

/// <summary>What waits now: events to be written, pictures to be sent; and pictures dropped since the start.</summary>
public sealed record HealthQueues(int Publish, int Pictures, long PicturesDropped);

/// <param name="Sync">Null without a gallery server.</param>
public sealed record HealthGallery(long Revision, int People, HealthSync? Sync);

/// <summary>How the gallery follows its server.</summary>
/// <param name="Revision">Of the server's that the device holds; null: none yet.</param>
/// <param name="Behind">Revisions that it is behind, as far as it knows.</param>
/// <param name="CurrentSecondsAgo">When it last held the server's present; null: not since the start.</param>
/// <param name="AwaitingTemplates">People who wait to be embedded again for this device's model.</param>
/// <param name="Error">Why the last attempt failed; null: it did not.</param>
public sealed record HealthSync(long? Revision, long Behind, double? CurrentSecondsAgo, int People, int AwaitingTemplates, string? Error);

/// <summary>One camera.</summary>
/// <param name="Fps">Frames a second that were looked at since the last report.</param>
/// <param name="Frames">Frames that were looked at since the start.</param>
/// <param name="Dropped">Frames and faces that were dropped since the start, because a stage was too slow.</param>
/// <param name="Queues">What waits before each stage now.</param>
public sealed record HealthCamera(string Name, bool Running, double Fps, long Frames, long Dropped, HealthStages Queues);

/// <summary>Frames before detection and tracking, faces before recognition.</summary>
public sealed record HealthStages(int Detect, int Track, int Recognize);
