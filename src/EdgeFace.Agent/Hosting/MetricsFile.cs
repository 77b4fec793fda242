using System.Text.Json;
using EdgeFace.Agent.Configuration;
using EdgeFace.Devices;

namespace EdgeFace.Agent.Hosting;

/// <summary>Writes what the agent counts to a file in the data folder, for support: written aside and renamed.</summary>
internal sealed class MetricsFile(AgentOptions options, AgentRuntime runtime, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly Lock _lock = new();

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
            VisitsBegun = begun,
            VisitsEnded = ended,
            EventsWaiting = runtime.Waiting,
            EventsLost = runtime.LostEvents,
            Broker = runtime.Session?.State.ToString() ?? "disabled",
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
