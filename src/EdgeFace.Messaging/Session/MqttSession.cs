using EdgeFace.Messaging.Pictures;
using EdgeFace.Messaging.Requests;
using EdgeFace.ThirdParty.Mosquitto;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>
/// The device's session with its broker: delivers the outbox, keeps retained values published, hands on what is subscribed. Comes back
/// by itself after every loss. All members may be called from any thread; handlers run one after the other on a dispatcher.
/// </summary>
public sealed class MqttSession : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly MqttOptions _options;
    private readonly Outbox? _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RetainedState _retained = new();
    private readonly AnswerQueue _answers = new();
    private readonly PictureQueue _pictures = new();
    private readonly SubscriptionTable _subscriptions = new();
    private readonly MqttCounters _counters = new();
    private readonly Dispatcher _dispatcher;
    private readonly MqttLoop _loop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private int _stopping;
    private int _state;

    /// <exception cref="Core.InputException">Options that cannot be, all of them in one line.</exception>
    public MqttSession(MqttOptions options, Outbox? outbox, TimeProvider time, ILogger<MqttSession> logger)
    {
        MqttOptionsCheck.Demand(options);
        _options = options;
        _outbox = outbox;
        _time = time;
        _logger = logger;
        _dispatcher = new Dispatcher(_subscriptions, options.MaxPendingIncoming, time, logger);
        _loop = new MqttLoop(options, outbox, _retained, _answers, _pictures, _subscriptions, _counters, Receive, Enter, time, logger);
    }

    /// <summary>Version of the native client library.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    public static Version LibraryVersion => MosquittoLibrary.Version;

    /// <summary>Raised on the dispatcher after <see cref="State"/> has changed, with the new state.</summary>
    public event Action<MqttState>? StateChanged;

    public MqttState State => (MqttState)Volatile.Read(ref _state);

    /// <summary>The threads of this session, for a watchdog. A broker that is away is no hang.</summary>
    public IReadOnlyList<ThreadProgress> Progress => [_loop.Progress, _dispatcher.Progress];

    public MqttStatistics Statistics => _counters.Snapshot(_dispatcher.Dropped, _pictures);

    /// <summary>Begins to connect, and goes on until <see cref="StopAsync"/>. Once.</summary>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _stopping) != 0, this);
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("The session was started before.");
        if (_options.UsernameFile is not null && !_options.Tls.Enabled)
            Log.PlainCredentials(_logger, _options.Brokers[0].ToString());
        if (_outbox is not null)
            _outbox.Committed += _loop.Wake.Set;
        new Thread(Run) { IsBackground = true, Name = "mqtt" }.Start();
    }

    /// <summary>
    /// Offers what the outbox holds until it is empty or the time is over, publishes the will's payload retained, and disconnects. What
    /// was not delivered stays in the outbox. Without a connection it ends at once.
    /// </summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            if (Volatile.Read(ref _started) == 0)
                _ended.TrySetResult();
            else
                _loop.Stop(drain);
        }

        try
        {
            await _ended.Task.WaitAsync(drain + Grace, _time);
            _loop.Dispose();
        }
        catch (TimeoutException)
        {
            Log.NotStopped(_logger);
        }

        _dispatcher.Complete();
        await Task.WhenAny(_dispatcher.Done, Task.Delay(Grace, _time));
    }

    /// <summary>Keeps a value published on a topic, retained: now, and anew after every reconnect.</summary>
    /// <exception cref="ArgumentException">Not a topic to publish to.</exception>
    public void SetRetained(string topic, byte[] payload)
    {
        if (!MosquittoLibrary.IsTopic(topic))
            throw new ArgumentException($"'{topic}' is not a topic to publish to.", nameof(topic));
        _retained.Set(topic, payload);
        _loop.Wake.Set();
    }

    /// <summary>Publishes all values that are kept retained once more.</summary>
    public void RepeatRetained()
    {
        _retained.Renew();
        _loop.Wake.Set();
    }

    /// <summary>Sends an answer, QoS 1, when there is a connection; it is not kept for later and not repeated.</summary>
    /// <exception cref="ArgumentException">Not a topic to publish to.</exception>
    public void Publish(Answer answer)
    {
        if (!MosquittoLibrary.IsTopic(answer.Topic))
            throw new ArgumentException($"'{answer.Topic}' is not a topic to publish to.", nameof(answer));
        _answers.Add(answer);
        _loop.Wake.Set();
    }

    /// <summary>
    /// Sends a picture when there is nothing else to send; the oldest of those that wait are dropped for the newest. It is not kept for
    /// later and not repeated.
    /// </summary>
    /// <exception cref="ArgumentException">Not a topic to publish to.</exception>
    public void Publish(PictureMessage picture)
    {
        if (!MosquittoLibrary.IsTopic(picture.Topic))
            throw new ArgumentException($"'{picture.Topic}' is not a topic to publish to.", nameof(picture));
        _pictures.Add(picture);
        _loop.Wake.Set();
    }

    /// <summary>
    /// Has messages of a filter (QoS 1) handed to a handler, on every connection from now on. Where filters overlap, the
    /// broker may deliver a message once for each.
    /// </summary>
    /// <exception cref="ArgumentException">Not a filter.</exception>
    public void Subscribe(string filter, Action<MqttMessage> handler)
    {
        if (!MosquittoLibrary.IsFilter(filter))
            throw new ArgumentException($"'{filter}' is not a filter to subscribe to.", nameof(filter));
        _subscriptions.Add(filter, handler);
        _loop.Wake.Set();
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private void Run()
    {
        try
        {
            _loop.Run();
            _loop.Progress.Rest();
            Log.Stopped(_logger, _outbox?.Depth ?? 0);
        }
#pragma warning disable CA1031 // The end of a thread that nobody waits for: without a line in the log the device would be mute for no reason.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Nothing is delivered any more until the process begins anew.
            _loop.Progress.Fail();
            Log.LoopFailed(_logger, e);
        }

        if (_outbox is not null)
            _outbox.Committed -= _loop.Wake.Set;
        Enter(MqttState.Stopped);
        _ended.TrySetResult();
    }

    private void Receive(MqttMessage message)
    {
        Interlocked.Increment(ref _counters.Received);
        _dispatcher.Offer(message);
    }

    private void Enter(MqttState state)
    {
        if (Interlocked.Exchange(ref _state, (int)state) != (int)state && StateChanged is { } handlers)
            _dispatcher.Raise(handlers, state);
    }
}
