using System.Net;
using EdgeFace.Core;
using EdgeFace.Messaging.Pictures;
using EdgeFace.Messaging.Requests;
using EdgeFace.ThirdParty.Mosquitto;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>
/// The messaging thread: rounds of attempts over the brokers, the connection, the pause. Every call into the library and every wait
/// happens here, one after the other, so there is nothing to lock.
/// </summary>
internal sealed class MqttLoop(
    MqttOptions options,
    Outbox? outbox,
    RetainedState retained,
    AnswerQueue answers,
    PictureQueue pictures,
    SubscriptionTable subscriptions,
    MqttCounters counters,
    Action<MqttMessage> received,
    Action<MqttState> stateChanged,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    // The library's keep-alive counts in seconds and wants to be asked once in each.
    private const int ConnectedPollMs = 1000;
    private const int BusyPollMs = 50;
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly FailureEpisode _episode = new(logger);
    private readonly Backoff _backoff = new(
        TimeSpan.FromMilliseconds(options.ReconnectMinMs),
        TimeSpan.FromMilliseconds(options.ReconnectMaxMs),
        Random.Shared.NextDouble);
    private bool _fallbackReported;
    private long _deadline;

    public ThreadProgress Progress { get; } = new("mqtt", time);

    public WakeEvent Wake { get; } = new();

    private bool Stopping => _stop.IsCancellationRequested;

    /// <summary>Ends the loop: at once without a connection, otherwise when the outbox is empty or the time is over.</summary>
    public void Stop(TimeSpan drain)
    {
        Volatile.Write(ref _deadline, time.GetTimestamp() + (long)(drain.TotalSeconds * time.TimestampFrequency));
        _stop.Cancel();
        Wake.Set();
    }

    public void Run()
    {
        while (!Stopping)
        {
            Progress.NextWithin(ThreadProgress.Connecting);
            stateChanged(MqttState.Connecting);
            var stable = Round();
            if (stable)
                _backoff.Reset();
            if (Stopping)
                break;
            stateChanged(MqttState.Disconnected);
            Progress.NextWithin(TimeSpan.FromMilliseconds(options.ReconnectMaxMs) + ThreadProgress.Usual);
            Pause(_backoff.Next());
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        Wake.Dispose();
    }

    // True when a connection came about and held long enough to begin with short pauses again.
    private bool Round()
    {
        foreach (var broker in options.Brokers)
        {
            // For each of them: a list of brokers that are away is not a hang.
            Progress.NextWithin(ThreadProgress.Connecting);
            using var link = Connect(broker);
            if (link is not null)
            {
                var since = time.GetTimestamp();
                Serve(link);
                return time.GetElapsedTime(since) >= Stable;
            }

            if (Stopping)
                break;
        }

        return false;
    }

    private MqttLink? Connect(MqttBroker broker)
    {
        var limit = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs);
        var (address, failure) = Reachability.Probe(broker, limit, time, _stop.Token);
        if (address is not null)
        {
            var link = Attempt(broker, address, options.OnlyMqtt311 ? MosquittoProtocol.V311 : MosquittoProtocol.V5, out failure);
            // Some brokers of the older version say nothing of it and hang up.
            if (failure is { Kind: MqttFailureKind.ProtocolVersion or MqttFailureKind.ConnectionLost } && !Stopping && !options.OnlyMqtt311)
                link = AttemptOlder(broker, address, ref failure);

            if (link is not null)
                return link;
        }

        if (!Stopping && failure is not null)
        {
            Volatile.Write(ref counters.LastFailure, _episode.Report(broker, failure));
        }

        return null;
    }

    // The reason of the first attempt stays when the second one fails as well, unless it is a better one.
    private MqttLink? AttemptOlder(MqttBroker broker, IPAddress address, ref MqttFailure? failure)
    {
        var link = Attempt(broker, address, MosquittoProtocol.V311, out var second);
        if (link is not null && !_fallbackReported)
        {
            Log.FallingBack(logger, broker.ToString());
            _fallbackReported = true;
        }

        if (link is not null || second is not { Kind: MqttFailureKind.ConnectionLost })
            failure = second;
        return link;
    }

    private MqttLink? Attempt(MqttBroker broker, IPAddress address, MosquittoProtocol protocol, out MqttFailure? failure)
    {
        var link = new MqttLink(options, broker, protocol);
        var begun = time.GetTimestamp();
        link.Open(address);
        while (link.Failure is null && !link.IsAccepted)
        {
            if (Stopping || time.GetElapsedTime(begun).TotalMilliseconds > options.ConnectTimeoutMs)
                break;
            link.Step(Wake, BusyPollMs, out _);
        }

        failure = link.Failure;
        if (failure is null && link.IsAccepted)
            return link;
        failure ??= new MqttFailure(MqttFailureKind.TimedOut, $"{broker} accepts the connection but does not answer");
        link.Dispose();
        return null;
    }

    private void Serve(MqttLink link)
    {
        Announce(link);
        var delivery = new Delivery(link, outbox, retained, answers, pictures, subscriptions, counters, time, logger);
        delivery.Begin();
        var alive = true;
        while (alive)
        {
            Progress.NextWithin(ThreadProgress.Usual);
            if (Stopping)
                stateChanged(MqttState.Stopping);
            if (Stopping && (delivery.IsIdle || time.GetTimestamp() >= Volatile.Read(ref _deadline)))
            {
                SayFarewell(link, delivery);
                break;
            }

            delivery.Advance();
            alive = link.Step(Wake, Stopping ? BusyPollMs : ConnectedPollMs, out var heard);
            delivery.Settle();
            while (link.Incoming.TryDequeue(out var message))
                received(message);
            if (heard)
                outbox?.Heard();
        }

        Volatile.Write(ref counters.Current, null);
        Volatile.Write(ref counters.InFlight, 0);
        if (link.Failure is { } failure)
        {
            Volatile.Write(ref counters.LastFailure, failure);
            Log.Lost(logger, link.Broker.ToString(), failure.Message);
        }
    }

    private void Announce(MqttLink link)
    {
        var protocol = link.Protocol == MosquittoProtocol.V5 ? "5" : "3.1.1";
        Interlocked.Increment(ref counters.Connections);
        Volatile.Write(
            ref counters.Current, new MqttCounters.Connection(time.GetUtcNow(), link.Broker.ToString(), protocol));
        _episode.End();
        Log.Connected(
            logger,
            link.Broker.ToString(),
            protocol,
            options.Tls.Enabled ? "TLS" : "plain",
            link.SessionPresent ? "resumed" : "new",
            link.Window);
        if (!Stopping)
            stateChanged(MqttState.Connected);
    }

    // The will's words, said while there is still a voice: a clean DISCONNECT makes the broker forget the will.
    private void SayFarewell(MqttLink link, Delivery delivery)
    {
        var begun = time.GetTimestamp();
        if (options.Will is { } will)
            delivery.PublishLast(will.Topic, will.Payload);
        while (!delivery.IsSettled && time.GetElapsedTime(begun) < Farewell && link.Step(Wake, BusyPollMs, out _))
            delivery.Settle();
        link.Disconnect();
        while (!link.IsClosed && time.GetElapsedTime(begun) < Farewell && link.Step(Wake, BusyPollMs, out _))
            delivery.Settle();
    }

    private void Pause(TimeSpan pause)
    {
        var over = false;
        using var timer = time.CreateTimer(
            _ =>
            {
                Volatile.Write(ref over, true);
                Wake.Set();
            },
            null,
            pause,
            Timeout.InfiniteTimeSpan);
        while (!Stopping && !Volatile.Read(ref over))
            NativePoll.Wait(-1, write: false, Wake, Timeout.Infinite);
    }
}
