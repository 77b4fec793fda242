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

public sealed record HealthGallery(long Revision, int People);

/// <summary>One camera.</summary>
/// <param name="Fps">Frames a second that were looked at since the last report.</param>
/// <param name="Frames">Frames that were looked at since the start.</param>
/// <param name="Dropped">Frames and faces that were dropped since the start, because a stage was too slow.</param>
public sealed record HealthCamera(string Name, bool Running, double Fps, long Frames, long Dropped);
