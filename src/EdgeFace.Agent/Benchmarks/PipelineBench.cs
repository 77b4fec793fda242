using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Core;
using EdgeFace.Core.Events;
using EdgeFace.Core.Imaging;
using EdgeFace.Devices;
using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// The agent's own pipeline on a film: once as fast as possible, for throughput, time and allocations a stage; then
/// several times at live pace, each a visit of a person that was enrolled from the film, for the time to a decision.
/// </summary>
internal sealed class PipelineBench(AgentOptions options, PipelineBench.Plan plan, TimeProvider time, ILoggerFactory loggers)
{
    public const double LeastFramesPerSecond = 60;
    public const double MostResidentMegabytes = 200;
    public const double MostDecisionMs = 500;

    /// <summary>Stages that must run without managed allocation.</summary>
    private static readonly string[] AllocationFree = ["capture", "convert", "detect", "track"];

    /// <summary>Frames before the measurement: tiered compilation settles, pools fill.</summary>
    private const int WarmUpFrames = 300;

    /// <summary>Seconds of each live visit.</summary>
    private const double VisitSeconds = 3;

    public sealed record Plan(string Source, int Width, int Height, int Passes, int Visits);

    public sealed record StageResult(string Name, long Items, double P50Ms, double P95Ms, double P99Ms, double CpuMs, double BytesPerItem, long Dropped);

    public sealed record Budget(string Name, string Limit, double Measured, bool Kept);

    public sealed record Result(
        string Machine, int Cores, string Version, string Source, int Width, int Height, long Frames, long Faces, double FramesPerSecond,
        IReadOnlyList<StageResult> Stages, double PeakResidentMegabytes, int Decisions, double? DecisionMedianMs, double? DecisionMaxMs,
        IReadOnlyList<Budget> Budgets);

    public async Task<Result> RunAsync(CancellationToken cancellation)
    {
        if (!File.Exists(plan.Source))
            throw new InputException($"{plan.Source}: there is no such film; name one with --source.");
        var folder = Directory.CreateTempSubdirectory("edgeface-bench-");
        try
        {
            var settings = options with { DataFolder = folder.FullName, Mqtt = options.Mqtt with { Enabled = false } };
            Enroll(settings);
            var throughput = await MeasureThroughput(settings, cancellation);
            // Before the live visits: they load the models anew each time, which no agent does.
            var peak = new SystemInfo().ReadMemory().PeakResident / 1e6;
            var decisions = await MeasureDecisions(settings, cancellation);
            return Summarize(throughput, peak, decisions);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private CameraOptions Camera(SourcePace pace) => new()
    {
        Name = "bench",
        Source = Path.GetFullPath(plan.Source),
        Width = plan.Width,
        Height = plan.Height,
        Pace = pace,
    };

    /// <summary>Enrols whoever the film shows from one frame a second of its beginning.</summary>
    private void Enroll(AgentOptions settings)
    {
        using var models = AgentRuntime.LoadModels(settings, loggers);
        using var store = GalleryAccess.Open(settings, time, loggers);
        using var source = Sources.SourceFactory.Open(Camera(SourcePace.Max) with { FramesPerSecond = 1, DurationSeconds = 6 }, settings.Tracking, time, loggers);
        var analyzer = new FaceAnalyzer(models);
        var templates = new List<NewTemplate>();
        while (source.Read() is { } frame)
        {
            var picture = new Frame(frame.Width, frame.Height, PixelFormat.Bgr24);
            Vision.ColorConverter.I420ToBgr(frame, picture);
            frame.Release();
            if (analyzer.Analyze(picture).MaxBy(face => face.Detection.Box.Area) is { Embedding: { } embedding } best)
                templates.Add(new NewTemplate(embedding, best.Quality.Total, Sigma: null, "bench"));
        }

        if (templates.Count == 0)
            throw new InputException($"{plan.Source}: the first seconds of the film show no face; name one that does with --source.");
        store.Enroll("bench", templates);
    }

    private sealed record Throughput(long Frames, long Faces, double Seconds, IReadOnlyList<StageResult> Stages);

    private async Task<Throughput> MeasureThroughput(AgentOptions settings, CancellationToken cancellation)
    {
        var camera = Camera(SourcePace.Max) with { Loop = plan.Passes - 1 };
        await using var runtime = await AgentRuntime.OpenAsync(settings with { Cameras = [camera] }, print: null, observer: null, time, loggers);
        var pipeline = runtime.Pipelines[0];
        var run = runtime.RunAsync(cancellation);
        while (pipeline.Frames < WarmUpFrames && !run.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellation);
        if (run.IsCompleted)
            throw new InputException($"{plan.Source}: the film is too short, {pipeline.Frames} frames; raise --passes until there are more than {WarmUpFrames}.");

        foreach (var meter in pipeline.Meters)
            meter.Clear();
        var (frames, faces, started) = (pipeline.Frames, pipeline.Faces, time.GetTimestamp());
        await run;
        cancellation.ThrowIfCancellationRequested();
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        return new Throughput(pipeline.Frames - frames, pipeline.Faces - faces, seconds, [.. pipeline.Meters.Select(Describe)]);
    }

    private static StageResult Describe(StageMeter meter)
    {
        var items = meter.Durations.Count;
        var each = Math.Max(1, items);
        return new StageResult(
            meter.Name, items, Round(meter.Durations.PercentileMs(0.5)), Round(meter.Durations.PercentileMs(0.95)), Round(meter.Durations.PercentileMs(0.99)),
            Round(meter.CpuTime.TotalMilliseconds / each), Round((double)meter.AllocatedBytes / each), meter.Dropped);
    }

    private async Task<List<double>> MeasureDecisions(AgentOptions settings, CancellationToken cancellation)
    {
        var decisions = new List<double>();
        for (var i = 0; i < plan.Visits; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var camera = Camera(SourcePace.Live) with { StartSeconds = i, DurationSeconds = VisitSeconds };
            await using var runtime = await AgentRuntime.OpenAsync(settings with { Cameras = [camera] }, print: null, report =>
            {
                if (report is { Event: { Type: VisitEventType.Begin, Decision: VisitDecision.Known }, LargeLatencyMs: { } latency })
                    decisions.Add(latency);
            }, time, loggers);
            await runtime.RunAsync(cancellation);
        }

        decisions.Sort();
        return decisions;
    }

    private Result Summarize(Throughput throughput, double peak, List<double> decisions)
    {
        var rate = throughput.Frames / throughput.Seconds;
        var budgets = new List<Budget>
        {
            new("frames a second", $">= {LeastFramesPerSecond}", Round(rate), rate >= LeastFramesPerSecond),
            new("peak resident MB", $"<= {MostResidentMegabytes}", Round(peak), peak <= MostResidentMegabytes),
        };
        foreach (var stage in throughput.Stages.Where(stage => AllocationFree.Contains(stage.Name)))
            budgets.Add(new Budget($"managed bytes an item in {stage.Name}", "0", stage.BytesPerItem, stage.BytesPerItem == 0));
        double? median = decisions.Count > 0 ? Round(decisions[decisions.Count / 2]) : null;
        if (plan.Visits > 0)
            budgets.Add(new Budget("median ms to a decision", $"<= {MostDecisionMs}", median ?? double.NaN, median <= MostDecisionMs));

        return new Result(
            new SystemInfo().ReadCpu().Model, Environment.ProcessorCount, AgentVersion.Full, Path.GetFileName(plan.Source), plan.Width, plan.Height,
            throughput.Frames, throughput.Faces, Round(rate), throughput.Stages, Round(peak), decisions.Count, median,
            decisions.Count > 0 ? Round(decisions[^1]) : null, budgets);
    }

    private static double Round(double value) => Math.Round(value, 3);
}
