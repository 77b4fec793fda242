using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Publishing;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Core.Events;
using EdgeFace.Gallery;
using EdgeFace.Gallery.Sync;
using EdgeFace.Inference;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Health;

namespace EdgeFace.Agent.Hosting;

/// <summary>
/// The agent put together: gallery, outbox, broker session and one pipeline a camera. Made whole or not at all: a bad
/// model, gallery or camera stops the start with one clear line.
/// </summary>
internal sealed class AgentRuntime : IAsyncDisposable
{
    /// <summary>How long stopping may take to deliver what is decided; what is not delivered stays in the outbox.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private readonly AgentOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly GalleryWatch _gallery;
    private readonly Outbox? _outbox;
    private readonly MqttSession? _session;
    private readonly SyncService? _sync;

    /// <summary>A connection has one last will: this one's says that Frigate's form is no longer served.</summary>
    private readonly MqttSession? _frigate;
    private readonly PictureSender? _pictures;
    private readonly List<CameraPipeline> _pipelines = [];

    /// <summary>What has been opened, to be closed in the opposite order.</summary>
    private readonly Stack<IAsyncDisposable> _opened;
    private readonly VisitPublisher _publisher;
    private readonly StageQueue<VisitReport> _reports;
    private readonly Stage<VisitReport> _publish;
    private long _begins;
    private long _ends;
    private bool _running;
    private volatile bool _stopped;
    private volatile AgentOptions _live;

    private AgentRuntime(
        AgentOptions options, TextWriter? print, Action<VisitReport>? observer, TimeProvider time, ILoggerFactory loggers, Stack<IAsyncDisposable> opened)
    {
        _opened = opened;
        _options = options;
        _live = options;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger("EdgeFace.Agent");
        var cameras = options.Cameras.Where(camera => camera.Enabled).ToList();
        if (cameras.Count == 0)
            throw new InputException("No camera is configured: add one under 'cameras' in the configuration, or name one with --source.");

        var models = cameras.ConvertAll(_ => Opened(LoadModels(options, loggers)));
        ModelIds = [.. models[0].Packages.Select(package => package.Id)];
        var store = Store = Opened(GalleryAccess.Open(options, time, loggers));
        _gallery = Opened(new GalleryWatch(store, models[0].Embedder.ModelId, options.Gallery.DecryptOnUse, time, _logger));
        if (options.Mqtt.Enabled)
        {
            _outbox = Opened(OpenOutbox(options, time, loggers));
            _session = new MqttSession(BrokerSettings.SessionOptions(options), _outbox, time, loggers.CreateLogger<MqttSession>());
            _opened.Push(_session);
        }

        if (options.Mqtt is { Enabled: true, Frigate.Enabled: true })
        {
            _frigate = new MqttSession(BrokerSettings.FrigateOptions(options), null, time, loggers.CreateLogger<MqttSession>());
            _opened.Push(_frigate);
        }

        Presence = options.Mqtt is { Enabled: true, HomeAssistant: { Enabled: true, Presence: true } } ? new PresenceBoard(options, time) : null;
        _pictures = options.Mqtt is { Enabled: true, Pictures.Enabled: true } ? Opened(new PictureSender(options, _session!, time, _logger)) : null;
        _publisher = new VisitPublisher(options, _outbox, new VisitPublisher.Company(Presence, _pictures), print, person => _gallery.Current.Contains(person), time, _logger);
        _sync = GallerySync.Open(options, store, GallerySync.ModelOf(models[0].Packages[2]), people => GallerySync.EraseAsync(options, _outbox, people), time, loggers);
        if (_sync is not null)
            _opened.Push(_sync);
        _reports = new StageQueue<VisitReport>(options.Pipeline.PublishQueue, FullQueue.Wait);
        _publish = new Stage<VisitReport>("publish", _reports, report =>
        {
            Count(report.Event.Type);
            _publisher.Publish(report);
            observer?.Invoke(report);
        }, static () => { }, time);
        for (var i = 0; i < cameras.Count; i++)
            _pipelines.Add(Opened(MakePipeline(cameras[i], models[i])));
    }

    public IReadOnlyList<CameraPipeline> Pipelines => _pipelines;

    public IGallerySearch Gallery => _gallery.Current;

    public GalleryStore Store { get; }

    /// <summary>The settings in force, as they were changed while running.</summary>
    public AgentOptions LiveOptions => _live;

    /// <summary>Events on their way to the broker; null without one.</summary>
    public Outbox? Outbox => _outbox;

    /// <summary>Names and hashes of the models.</summary>
    public IReadOnlyList<string> ModelIds { get; }

    /// <summary>Visits reported and visits ended so far.</summary>
    public (long Begun, long Ended) Visits => (Interlocked.Read(ref _begins), Interlocked.Read(ref _ends));

    /// <summary>Events that wait for the broker; 0 without one.</summary>
    public long Waiting => _outbox?.Depth ?? 0;

    public long LostEvents => _publisher.Lost;

    public MqttSession? Session => _session;

    /// <summary>Null without a gallery server.</summary>
    public SyncService? Sync => _sync;

    /// <summary>Who is there; null unless wanted.</summary>
    public PresenceBoard? Presence { get; }

    /// <summary>What waits after the cameras.</summary>
    public HealthQueues Queues => new(
        _reports.Count, (_pictures?.Waiting ?? 0) + (_session?.Statistics.PicturesWaiting ?? 0), (_pictures?.Dropped ?? 0) + (_session?.Statistics.PicturesDropped ?? 0));

    /// <summary>A stage that has been at one item for longer than this, or a thread of the outbox or a session that is overdue by its own limit; null while all get on.</summary>
    public string? FindHung(TimeSpan limit)
        => _pipelines.SelectMany(pipeline => pipeline.Progress).Append(_publish).FirstOrDefault(stage => stage.Busy > limit)?.Name
            ?? Messengers().FirstOrDefault(thread => thread.IsHung)?.Name;

    private IEnumerable<ThreadProgress> Messengers()
        => [.. _outbox is null ? [] : (ThreadProgress[])[_outbox.Progress], .. _session?.Progress ?? [], .. _frigate?.Progress ?? []];

    /// <summary>Opens all that the agent needs; what was opened before something could not be is closed again.</summary>
    /// <exception cref="InputException">A model, the gallery, the outbox or a setting cannot be used.</exception>
    public static async Task<AgentRuntime> OpenAsync(
        AgentOptions options, TextWriter? print, Action<VisitReport>? observer, TimeProvider time, ILoggerFactory loggers)
    {
        var opened = new Stack<IAsyncDisposable>();
        try
        {
            return new AgentRuntime(options, print, observer, time, loggers, opened);
        }
        catch
        {
            await CloseAsync(opened);
            throw;
        }
    }

    /// <exception cref="InputException">A model cannot be used.</exception>
    public static FaceModels LoadModels(AgentOptions options, ILoggerFactory loggers)
    {
        var models = FaceModels.Load(options.Models, loggers.CreateLogger<FaceModels>());
        if (options.Recognition.DetectionThreshold is { } threshold)
            models.Detector.ScoreThreshold = (float)threshold;
        return models;
    }

    /// <summary>With <c>recognition.fpir</c> its threshold follows the gallery (<see cref="RecognitionPolicy.For"/>).</summary>
    /// <exception cref="InputException">It is to follow the gallery, and the embedder has no calibration.</exception>
    public static RecognitionPolicy PolicyOf(RecognitionOptions options, FaceEmbedder embedder) => new()
    {
        Threshold = (float?)options.Threshold ?? embedder.DefaultThreshold,
        Rule = options.Fpir is null || embedder.Calibration is not null
            ? new ThresholdRule(options.Fpir, embedder.Calibration)
            : throw new InputException($"recognition.fpir: the embedder {embedder.ModelId} has no calibration, so no threshold can be computed: set recognition.threshold instead."),
        NearestTemplates = options.NearestTemplates,
        KnownAfterFaces = options.KnownAfterFaces,
        UnknownAfterFaces = options.UnknownAfterFaces,
        SwitchMargin = (float)options.SwitchMargin,
    };

    /// <summary>Starts all, and ends when every source has ended or the token is cancelled and all is decided and delivered or kept.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var gallery = Gallery;
        Log.Started(_logger, AgentVersion.Full, _pipelines.Count, _options.Device, gallery.People, gallery.Revision);
        _session?.SetRetained(BrokerSettings.StatusTopic(_options), BrokerSettings.Online);
        // Azure IoT Hub ends a connection that subscribes to other topics: there the gallery is asked for by the clock.
        if (_sync is not null && !_options.IsAzure())
            _session?.Subscribe(_sync.NudgeTopic, message => _sync.Nudge(message.Payload.Span));
        _session?.Start();
        _frigate?.SetRetained(FrigateMessages.AvailableTopic(_options.Mqtt.Frigate.Prefix), BrokerSettings.Online);
        _frigate?.Start();
        _sync?.Start();
        _running = true;
        _publish.Start();
        foreach (var pipeline in _pipelines)
            pipeline.Start();
        try
        {
            using (stop.Register(StopSources))
                await WaitForPipelines();
        }
        finally
        {
            // Also after a failure: what was decided is still written and delivered, and the broker told goodbye.
            _reports.Complete();
            await _publish.Finished.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _running = false;
            // It writes into the outbox, which is closed below.
            if (_sync is not null)
                await _sync.DisposeAsync();
            if (_session is not null)
                await _session.StopAsync(DrainTime);
            if (_frigate is not null)
                await _frigate.StopAsync(TimeSpan.Zero);
            // Acknowledgements of the last moment are written down when the outbox is closed: only then is it known what is kept.
            _outbox?.Dispose();
            Log.Stopped(_logger, Waiting);
        }

        await _publish.Finished;
    }

    /// <summary>Puts the settings that can change while cameras are watched into effect, as one snapshot; visits under way keep their policy.</summary>
    /// <exception cref="IOException">A folder for pictures cannot be made; nothing has changed then.</exception>
    public void Apply(AgentOptions options)
    {
        _publisher.Use(options);
        foreach (var pipeline in _pipelines)
            pipeline.Use(options);
        _live = options;
    }

    public async ValueTask DisposeAsync()
    {
        if (_running)
        {
            // Left by an exception: threads in native code must have ended before what they use is closed.
            StopSources();
            await Task.WhenAll(_pipelines.Select(pipeline => pipeline.Finished)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _reports.Complete();
            await _publish.Finished.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await CloseAsync(_opened);
    }

    private static async ValueTask CloseAsync(Stack<IAsyncDisposable> opened)
    {
        while (opened.TryPop(out var last))
            await last.DisposeAsync();
    }

    private T Opened<T>(T part)
        where T : IDisposable
    {
        _opened.Push(new Closing(part));
        return part;
    }

    private static Outbox OpenOutbox(AgentOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        try
        {
            return Outbox.Open(DataFolders.Outbox(options), BrokerSettings.OutboxOptions(options.Mqtt), time, loggers.CreateLogger<Outbox>());
        }
        catch (OutboxException exception)
        {
            throw new IOException($"{exception.Message} Check the space and the rights of the data folder.", exception);
        }
    }

    private CameraPipeline MakePipeline(CameraOptions camera, FaceModels models)
    {
        var policy = PolicyOf(_options.Recognition, models.Embedder);
        var names = new VisitModels(models.Packages[0].Id, models.Packages[1].Id, models.Packages[2].Id);
        var events = new VisitEventFactory(_options.Device, camera.Name, names, AgentVersion.ForEvents, _time);
        return new CameraPipeline(_options, camera, new CameraPipeline.Parts(
            () => Sources.SourceFactory.Open(camera, _options.Tracking, _time, _loggers),
            models, () => _gallery.Current, policy, events, Publish, _time, _logger));
    }

    private void Publish(VisitReport report)
    {
        if (!_reports.Add(report))
            report.Release();
    }

    private async Task WaitForPipelines()
    {
        // One that fails must not leave the others running unseen: all are stopped, and the failure is the result.
        var running = _pipelines.ConvertAll(pipeline => (pipeline.Finished, What: pipeline.Camera));
        running.Add((_publish.Finished, "publish"));
        Exception? failure = null;
        while (running.Exists(part => part.Finished != _publish.Finished))
        {
            var ended = await Task.WhenAny(running.Select(part => part.Finished));
            var part = running.Find(candidate => candidate.Finished == ended);
            running.Remove(part);
            if (ended.Exception is { } exception)
            {
                failure ??= exception.InnerException;
                Log.PipelineFailed(_logger, exception, part.What);
                StopSources();
            }
        }

        if (failure is not null)
            throw new InvalidOperationException($"The pipeline failed: {failure.Message}", failure);
    }

    private void StopSources()
    {
        if (!_stopped)
            Log.Stopping(_logger);
        _stopped = true;
        foreach (var pipeline in _pipelines)
            pipeline.Stop();
    }

    private void Count(VisitEventType type)
    {
        if (type == VisitEventType.Begin)
            Interlocked.Increment(ref _begins);
        else if (type == VisitEventType.End)
            Interlocked.Increment(ref _ends);
    }

    private sealed class Closing(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
