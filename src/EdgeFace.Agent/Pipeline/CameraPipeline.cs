using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Pipeline;

/// <summary>
/// One camera, from frames to reports: capture -> detect -> track and align -> embed, match and decide, each on a
/// thread of its own, joined by bounded queues. Its models serve no other pipeline, since a session's buffers serve one
/// thread; whoever loaded them disposes of them after the pipeline.
/// </summary>
internal sealed class CameraPipeline : IDisposable
{
    /// <summary>What a pipeline needs beside its camera's options.</summary>
    public sealed record Parts(
        Func<IFrameSource> OpenSource, FaceModels Models, Func<IGallerySearch> Gallery, RecognitionPolicy Policy, VisitEventFactory Events,
        Action<VisitReport> Publish, TimeProvider Time, ILogger Logger);

    private readonly Stage<CapturedFrame> _detect;
    private readonly Stage<DetectedFrame> _track;
    private readonly Stage<FaceNews> _recognize;
    private readonly StageQueue<CapturedFrame> _frames;
    private readonly StageQueue<DetectedFrame> _found;
    private readonly StageQueue<FaceNews> _newsQueue;
    private readonly TrackStage _trackStage;
    private readonly VisitBook _visits;
    private readonly FaceEmbedder _embedder;
    private readonly DropEpisode[] _episodes;
    private readonly ITimer _episodeTimer;

    public CameraPipeline(AgentOptions options, CameraOptions camera, Parts parts)
    {
        Camera = camera.Name;
        var models = parts.Models;
        _embedder = models.Embedder;
        StageMeter Meter(string name) => new(name, parts.Time);
        DropEpisode Episode(string stage) => new(camera.Name, stage, parts.Time, parts.Logger);
        var (convert, detect, track, align) = (Meter("convert"), Meter("detect"), Meter("track"), Meter("align"));
        var (capture, embed, decide) = (Meter("capture"), Meter("embed"), Meter("decide"));
        Meters = [capture, convert, detect, track, align, embed, decide];
        _episodes = [Episode("detect"), Episode("track"), Episode("embed")];

        var whenFull = camera.Pace == SourcePace.Max ? FullQueue.Wait : FullQueue.DropOldest;
        DetectStage? detectStage = null;
        var frames = new StageQueue<CapturedFrame>(options.Pipeline.DetectQueue, whenFull, item => item.Frame is not null, item =>
        {
            item.Frame!.Release();
            detect.CountDrop();
            _episodes[0].Dropped();
        });
        var found = new StageQueue<DetectedFrame>(options.Pipeline.TrackQueue, whenFull, item => item.Frame is not null, item =>
        {
            detectStage!.Return(item);
            track.CountDrop();
            _episodes[1].Dropped();
        });
        (_frames, _found) = (frames, found);
        _newsQueue = new StageQueue<FaceNews>(options.Pipeline.RecognizeQueue, whenFull, news => news.Kind == FaceNewsKind.Face, news =>
        {
            news.Release();
            embed.CountDrop();
            _episodes[2].Dropped();
        });

        Capture = new CaptureStage(camera.Name, parts.OpenSource, frames,
            new Backoff(TimeSpan.FromMilliseconds(camera.ReopenMs), TimeSpan.FromMilliseconds(camera.MaxReopenMs)), LongestRead(camera), capture, parts.Time, parts.Logger);
        detectStage = new DetectStage(models, options.Tracking.MaxFaces, found, options.Pipeline.TrackQueue + 2, convert, detect);
        _trackStage = new TrackStage(options, models, options.KeepsScenes(), detectStage, _newsQueue, track, align);
        _visits = new VisitBook(parts.Policy, parts.Events, parts.Gallery, options.Recordings.Enabled, parts.Time, parts.Publish);
        var recognizeStage = new RecognizeStage(models.Embedder, _visits, embed, decide);

        _detect = new Stage<CapturedFrame>($"detect {Camera}", frames, detectStage.Process, found.Complete, parts.Time);
        _track = new Stage<DetectedFrame>($"track {Camera}", found, _trackStage.Process, FinishTracks, parts.Time);
        _recognize = new Stage<FaceNews>($"recognize {Camera}", _newsQueue, recognizeStage.Process, static () => { }, parts.Time);
        _episodeTimer = parts.Time.CreateTimer(_ => CheckEpisodes(), null, DropEpisode.Quiet, DropEpisode.Quiet);
    }

    public string Camera { get; }

    public CaptureStage Capture { get; }

    public IReadOnlyList<StageMeter> Meters { get; }

    /// <summary>Items that wait before detection, tracking and recognition.</summary>
    public (int Detect, int Track, int Recognize) Waiting => (_frames.Count, _found.Count, _newsQueue.Count);

    /// <summary>Every thread of the pipeline.</summary>
    public IEnumerable<IStageProgress> Progress => [Capture, _detect, _track, _recognize];

    /// <summary>Frames that were looked at.</summary>
    public long Frames => _trackStage.Frames;

    /// <summary>Hands out the next frame that is looked at.</summary>
    public FrameGrab Grab => _trackStage.Grab;

    /// <summary>Faces that the detector found.</summary>
    public long Faces => _trackStage.Faces;

    /// <summary>Visits that ended before anything could be said of them.</summary>
    public long IgnoredVisits => _visits.Ignored;

    /// <summary>
    /// Ends when the source has ended or was stopped and all that was under way is decided; faulted when a stage failed,
    /// which also stops the source: a camera that is read and not watched would look healthy.
    /// </summary>
    public Task Finished => Task.WhenAll(Capture.Finished, _detect.Finished, _track.Finished, _recognize.Finished);

    public void Start()
    {
        foreach (var stage in new[] { _detect.Finished, _track.Finished, _recognize.Finished })
            _ = stage.ContinueWith(_ => Capture.Stop(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _recognize.Start();
        _track.Start();
        _detect.Start();
        Capture.Start();
    }

    /// <summary>Stops reading; what has been read is still decided, and every visit ended.</summary>
    public void Stop() => Capture.Stop();

    /// <summary>To be called when <see cref="Finished"/> has ended.</summary>
    public void Dispose()
    {
        _episodeTimer.Dispose();
        Capture.Dispose();
    }

    /// <summary>Puts the settings that can change while the camera is watched into effect. From any thread.</summary>
    public void Use(AgentOptions options)
    {
        _trackStage.Use(options.Recognition, options.KeepsScenes());
        _visits.Use(Hosting.AgentRuntime.PolicyOf(options.Recognition, _embedder), options.Recordings.Enabled);
    }

    // A source that gives nothing for its stall timeout breaks off by itself; a picture of a folder is shown for its time.
    private static TimeSpan LongestRead(CameraOptions camera)
        => (2 * TimeSpan.FromMilliseconds(camera.StallTimeoutMs)) + TimeSpan.FromSeconds(camera.PictureSeconds);

    private void FinishTracks()
    {
        try
        {
            _trackStage.EndAll();
        }
        finally
        {
            _newsQueue.Complete();
        }
    }

    private void CheckEpisodes()
    {
        foreach (var episode in _episodes)
            episode.Check();
    }
}
