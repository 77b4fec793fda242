using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>Calls the handlers of messages and of state changes, one after the other, away from the messaging thread.</summary>
internal sealed class Dispatcher
{
    /// <summary>Most bytes of messages that wait for their handlers.</summary>
    public const long MostBytes = 16 << 20;

    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SubscriptionTable _subscriptions;
    private readonly int _most;
    private readonly ILogger _logger;
    private int _waiting;
    private long _waitingBytes;
    private long _dropped;
    private bool _dropping;

    public Dispatcher(SubscriptionTable subscriptions, int most, TimeProvider time, ILogger logger)
    {
        Progress = new ThreadProgress("mqtt handlers", time);
        _subscriptions = subscriptions;
        _most = most;
        _logger = logger;
        Done = Task.Run(Run);
    }

    /// <summary>Completes when the last handler has returned after <see cref="Complete"/>.</summary>
    public Task Done { get; }

    public ThreadProgress Progress { get; }

    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a message in, or drops it when too many wait. Called by the messaging thread only.</summary>
    public void Offer(MqttMessage message)
    {
        if (Volatile.Read(ref _waiting) >= _most || Interlocked.Read(ref _waitingBytes) > MostBytes)
        {
            Interlocked.Increment(ref _dropped);
            if (!_dropping)
                Log.IncomingDropping(_logger, _most);
            _dropping = true;
            return;
        }

        // An episode ends when the handlers have caught up, not with each place that becomes free.
        if (Interlocked.Increment(ref _waiting) == 1)
            _dropping = false;
        Interlocked.Add(ref _waitingBytes, message.Payload.Length);
        _ = _work.Writer.TryWrite(() => Handle(message));
    }

    /// <summary>State changes are few and are never dropped.</summary>
    public void Raise(Action<MqttState> handlers, MqttState state) =>
        _work.Writer.TryWrite(() => Call(() => handlers(state), "StateChanged"));

    public void Complete() => _work.Writer.TryComplete();

    private async Task Run()
    {
        await foreach (var work in _work.Reader.ReadAllAsync())
            work();
    }

    private void Handle(MqttMessage message)
    {
        Interlocked.Decrement(ref _waiting);
        foreach (var handler in _subscriptions.Handlers(message.Topic))
            Call(() => handler(message), message.Topic);
        Interlocked.Add(ref _waitingBytes, -message.Payload.Length);
    }

    private void Call(Action action, string what)
    {
        Progress.NextWithin(ThreadProgress.Usual);
        try
        {
            action();
        }
#pragma warning disable CA1031 // A handler's fault is its own: the next message must still be handled.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.HandlerFailed(_logger, e, what);
        }

        Progress.Rest();
    }
}
