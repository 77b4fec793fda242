using System.Text.Json;
using EdgeFace.Agent.Configuration;
using EdgeFace.Devices;
using EdgeFace.Messaging.Health;

namespace EdgeFace.Agent.Hosting;

/// <summary>What the agent counts, in numbers: for dashboards on a topic, for support in a file of the data folder, written aside and renamed.</summary>
internal sealed class MetricsFile(AgentOptions options, AgentRuntime runtime, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly Lock _lock = new();
    private static readonly JsonSerializerOptions Compact = new(SettingsReader.JsonOptions) { WriteIndented = false };

    public void Write()
    {
        try
        {
            lock (_lock)
            {
                var path = DataFolders.Metrics(options);
                File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(Read(), SettingsReader.JsonOptions));
                File.Move(path + ".tmp", path, overwrite: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Figures for support are not worth a word on every tick of a full disk: the outbox says it already.
        }
    }

    /// <summary>The document, as <c>metrics.schema.json</c> has it.</summary>
    public byte[] ReadDocument()
    {
        lock (_lock)
            return JsonSerializer.SerializeToUtf8Bytes(Read(), Compact);
    }

    private object Read()
    {
        var (begun, ended) = runtime.Visits;
        var memory = new SystemInfo().ReadMemory();
        return new
        {
            Time = time.GetUtcNow(),
            Started = _started,
            Version = AgentVersion.Full,
            MemoryBytes = memory.Resident,
            PeakMemoryBytes = memory.PeakResident,
            CpuSeconds = Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 3),
            VisitsBegun = begun,
            VisitsEnded = ended,
            EventsWaiting = runtime.Waiting,
            EventsLost = runtime.LostEvents,
            Broker = runtime.Session?.State.ToString().ToLowerInvariant() ?? "disabled",
            Mqtt = runtime.Session is { } session ? HealthMqtt.Of(session.Statistics) : null,
            runtime.Queues,
            GalleryRevision = runtime.Gallery.Revision,
            GalleryPeople = runtime.Gallery.People,
            Cameras = runtime.Pipelines.Select(pipeline => new
            {
                pipeline.Camera,
                Running = pipeline.Capture.IsRunning,
                Captured = pipeline.Capture.Frames,
                pipeline.Frames,
                pipeline.Faces,
                pipeline.IgnoredVisits,
                Queues = new HealthStages(pipeline.Waiting.Detect, pipeline.Waiting.Track, pipeline.Waiting.Recognize),
                Stages = pipeline.Meters.Select(meter => new
                {
                    meter.Name,
                    meter.Durations.Count,
                    P50Ms = Math.Round(meter.Durations.PercentileMs(0.5), 3),
                    P95Ms = Math.Round(meter.Durations.PercentileMs(0.95), 3),
                    P99Ms = Math.Round(meter.Durations.PercentileMs(0.99), 3),
                    meter.Dropped,
                }),
            }),
        };
    }
}
