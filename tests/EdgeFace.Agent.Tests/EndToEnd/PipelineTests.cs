using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Core.Imaging;
using EdgeFace.Gallery;
using EdgeFace.Inference;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>The pipeline in this process, where a stage has to be slow or to fail.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class PipelineTests(EnrolledGallery gallery) : IDisposable
{
    private readonly AgentHome _home = new();
    private readonly ListLoggerFactory _log = new();
    private FaceModels? _models;

    public void Dispose()
    {
        _home.Dispose();
        _models?.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Frames_that_come_too_fast_are_dropped_counted_and_announced_once_an_episode()
    {
        var time = new ManualTimeProvider();
        var camera = new CameraOptions { Name = "flood", Source = "flood" };
        var source = new FloodSource(2000, time);
        using var pipeline = Make(camera, () => source, time, () => throw new InvalidOperationException("There is no face in it."));
        pipeline.Start();
        await pipeline.Finished.WaitAsync(AgentProcess.Patience, TimeProvider.System);

        var dropped = pipeline.Meters.Sum(meter => meter.Dropped);
        Assert.Equal(2000, pipeline.Capture.Frames);
        Assert.True(dropped > 0, "nothing was dropped");
        Assert.Equal(2000, pipeline.Frames + dropped);
        Assert.Equal(1, Count("is too slow, the oldest frames are dropped"));
        time.Advance(DropEpisode.Quiet * 2);
        Assert.Equal(1, Count($"the detect stage keeps up again; {dropped} dropped"));
        // The detect queue, one frame in each hand, and no more, however many came.
        Assert.InRange(source.Pool.Created, 1, new PipelineOptions().DetectQueue + new PipelineOptions().TrackQueue + 4);
    }

    [Fact]
    public async Task Nothing_is_dropped_at_pace_max()
    {
        var camera = new CameraOptions { Name = "flood", Source = "flood", Pace = SourcePace.Max };
        var source = new FloodSource(200, TimeProvider.System);
        using var pipeline = Make(camera, () => source, TimeProvider.System, () => throw new InvalidOperationException("There is no face in it."));
        pipeline.Start();
        await pipeline.Finished.WaitAsync(AgentProcess.Patience, TimeProvider.System);
        Assert.Equal((200, 0), (pipeline.Frames, pipeline.Meters.Sum(meter => meter.Dropped)));
        Assert.Equal(0, Count("dropped"));
    }

    [Fact]
    public async Task Source_that_breaks_off_after_every_first_frame_is_opened_ever_more_rarely()
    {
        const int opens = 6;
        var camera = new CameraOptions { Name = "loose", Source = "loose", ReopenMs = 50, MaxReopenMs = 60_000 };
        var opened = new List<long>();
        using var enough = new ManualResetEventSlim();
        using var pipeline = Make(camera, Open, TimeProvider.System, () => throw new InvalidOperationException("There is no face in it."));
        pipeline.Start();
        Assert.True(enough.Wait(AgentProcess.Patience));
        pipeline.Stop();
        await pipeline.Finished.WaitAsync(AgentProcess.Patience, TimeProvider.System);

        // 50, 100, 200, 400 and 800 ms, and what the machine takes on top.
        Assert.True(TimeProvider.System.GetElapsedTime(opened[0], opened[opens - 1]) >= TimeSpan.FromMilliseconds(1500));
        Assert.True(TimeProvider.System.GetElapsedTime(opened[opens - 2], opened[opens - 1]) >= TimeSpan.FromMilliseconds(780));
        Assert.InRange(Count("Trying again, with growing pauses."), opens - 1, opens);

        IFrameSource Open()
        {
            opened.Add(TimeProvider.System.GetTimestamp());
            if (opened.Count == opens)
                enough.Set();
            return new FloodSource(1, TimeProvider.System, then: "the cable is loose");
        }
    }

    [ClipFact]
    public async Task Stage_that_fails_ends_its_pipeline_although_the_source_never_ends()
    {
        var camera = new CameraOptions { Name = "entrance", Source = gallery.Visitor, Pace = SourcePace.Max, Loop = -1 };
        using var pipeline = Make(
            camera, () => Sources.SourceFactory.Open(camera, new TrackingOptions(), TimeProvider.System, _log), TimeProvider.System,
            () => throw new InvalidOperationException("the gallery is gone"));
        pipeline.Start();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.Finished.WaitAsync(AgentProcess.Patience, TimeProvider.System));
        Assert.Equal("the gallery is gone", failure.Message);
    }

    [ClipFact]
    public async Task Publish_stage_that_fails_stops_every_camera_and_is_the_result()
    {
        var options = new AgentOptions
        {
            Device = AgentHome.Device, DataFolder = _home.Data, Mqtt = new BrokerOptions { Enabled = false },
            Cameras =
            [
                new CameraOptions { Name = "entrance", Source = gallery.Visitor, Pace = SourcePace.Max, Loop = -1 },
                new CameraOptions { Name = "yard", Source = gallery.Stranger, Loop = -1 },
            ],
        };
        await using var runtime = await AgentRuntime.OpenAsync(options, print: null, _ => throw new InvalidOperationException("no room"), TimeProvider.System, _log);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => runtime.RunAsync(CancellationToken.None).WaitAsync(AgentProcess.Patience, TimeProvider.System));
        Assert.Equal("The pipeline failed: no room", failure.Message);
        Assert.All(runtime.Pipelines, pipeline => Assert.True(pipeline.Finished.IsCompleted));
        Assert.Equal(1, _log.Lines.Count(line => line.Level == LogLevel.Critical));
    }

    private CameraPipeline Make(CameraOptions camera, Func<IFrameSource> open, TimeProvider time, Func<IGallerySearch> search)
    {
        var options = new AgentOptions { DataFolder = _home.Data, Cameras = [camera] };
        var models = _models = AgentRuntime.LoadModels(options, _log);
        var policy = AgentRuntime.PolicyOf(options.Recognition, models.Embedder);
        var events = new VisitEventFactory(AgentHome.Device, camera.Name, new VisitModels("d", "l", "e"), AgentVersion.ForEvents, time);
        return new CameraPipeline(options, camera, new CameraPipeline.Parts(open, models, search, policy, events, _ => { }, time, _log.CreateLogger("pipeline")));
    }

    private int Count(string text) => _log.Lines.Count(line => line.Message.Contains(text, StringComparison.Ordinal));

    /// <summary>Grey pictures as fast as they are taken.</summary>
    private sealed class FloodSource(int frames, TimeProvider time, string? then = null) : IFrameSource
    {
        private int _given;

        public FramePool Pool { get; } = new(640, 480, PixelFormat.Bgr24);

        public string Description => "flood";

        public Frame? Read()
        {
            if (_given == frames)
                return then is null ? null : throw new FrameSourceException(then);
            var frame = Pool.Rent();
            Array.Fill(frame.Pixels, (byte)128);
            frame.Sequence = _given;
            frame.Timestamp = time.GetTimestamp();
            frame.MediaTime = TimeSpan.FromMilliseconds(40 * _given++);
            return frame;
        }

        public void Stop()
        {
        }

        public void Dispose()
        {
        }
    }
}
