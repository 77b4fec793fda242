using System.Globalization;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Devices;
using EdgeFace.Gallery.Sync;
using EdgeFace.Messaging.Health;

namespace EdgeFace.Agent.Remote;

/// <summary>Reads how the device is. Used by one thread at a time.</summary>
internal sealed class HealthSource(AgentRuntime runtime, AgentOptions options, TimeProvider time, string root = "/")
{
    private readonly SystemInfo _system = new(root);
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<string, long> _frames = [];
    private long _last = time.GetTimestamp();

    public HealthReport Read()
    {
        var since = time.GetElapsedTime(_last).TotalSeconds;
        _last = time.GetTimestamp();
        var memory = _system.ReadMemory();
        var gallery = runtime.Gallery;
        return new HealthReport(
            time.GetUtcNow(),
            AgentVersion.Full,
            Math.Round(time.GetElapsedTime(_started).TotalSeconds, 1),
            Temperature(root),
            new HealthMemory(memory.Resident, memory.PeakResident),
            new HealthDisk(SystemInfo.FreeDisk(options.DataFolder)),
            new HealthOutbox(runtime.Waiting, runtime.LostEvents),
            HealthMqtt.Of(runtime.Session!.Statistics),
            runtime.Queues,
            new HealthGallery(gallery.Revision, gallery.People, Sync(runtime.Sync?.Status)),
            runtime.ModelIds,
            [.. runtime.Pipelines.Select(pipeline => Camera(pipeline, since))]);
    }

    /// <summary>Degrees Celsius of the hottest zone; null where the kernel tells none.</summary>
    public static double? Temperature(string root)
    {
        double? hottest = null;
        var folder = Path.Combine(root, "sys/class/thermal");
        if (!Directory.Exists(folder))
            return null;
        foreach (var zone in Directory.EnumerateFileSystemEntries(folder, "thermal_zone*"))
        {
            try
            {
                // Thousandths of a degree; zones that are switched off answer with an error or an absurd value.
                if (int.TryParse(File.ReadAllText(Path.Combine(zone, "temp")), CultureInfo.InvariantCulture, out var milli) && milli is > -60_000 and < 200_000)
                    hottest = Math.Max(hottest ?? double.NegativeInfinity, milli / 1000.0);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A zone that does not answer says nothing.
            }
        }

        return hottest;
    }

    private HealthSync? Sync(SyncStatus? status) => status is null
        ? null
        : new HealthSync(
            status.Revision, status.Behind, status.CurrentSince is { } since ? Math.Round(time.GetElapsedTime(since).TotalSeconds, 1) : null,
            status.People, status.AwaitingTemplates, status.Error);

    private HealthCamera Camera(Pipeline.CameraPipeline pipeline, double since)
    {
        var frames = pipeline.Frames;
        var before = _frames.GetValueOrDefault(pipeline.Camera);
        _frames[pipeline.Camera] = frames;
        var fps = since > 0 ? Math.Round((frames - before) / since, 2) : 0;
        return new HealthCamera(pipeline.Camera, pipeline.Capture.IsRunning, fps, frames, pipeline.Meters.Sum(meter => meter.Dropped),
            new HealthStages(pipeline.Waiting.Detect, pipeline.Waiting.Track, pipeline.Waiting.Recognize));
    }
}
