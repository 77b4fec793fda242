using System.Text;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests;

public sealed class SessionLifeTests
{
    private const string Status = "edgeface/dev/status";

    [Fact]
    public void The_will_is_published_when_the_process_is_killed()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var child = ChildProcess.Start("session", $"{broker.Port}", Status);
        observer.WaitFor(messages => messages.Count == 1 && messages[0].Text == "online");

        child.Kill();

        var seen = observer.WaitFor(messages => messages.Count == 2);
        Assert.Equal((Status, "offline"), (seen[1].Topic, seen[1].Text));
        using var late = new MqttObserver(broker);
        var kept = late.WaitFor(messages => messages.Count == 1)[0];
        Assert.Equal(("offline", true), (kept.Text, kept.Retained));
        child.WaitForExit();
    }

    [Fact]
    public async Task Retained_values_are_published_again_after_a_broker_without_memory_came_back()
    {
        using var broker = MosquittoBroker.Start();
        await using var host = await new SessionHost(broker.Port).Connected();
        host.Session.SetRetained(Status, "starting"u8.ToArray());
        host.Session.SetRetained(Status, "online"u8.ToArray());
        await Wait.Until(() => host.Session.Statistics is { Acknowledged: > 0, InFlight: 0 }, "published");
        broker.Kill();
        broker.Restart();

        using var observer = new MqttObserver(broker);
        Assert.Equal("online", observer.WaitFor(messages => messages.Count > 0)[^1].Text);
    }

    [Fact]
    public async Task A_connection_that_is_half_open_is_noticed_by_the_keep_alive()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port, options => options with { KeepAliveSeconds = 5 }).Connected();
        proxy.Faults.HalfOpen = true;
        var begun = TimeProvider.System.GetTimestamp();
        await host.Outbox.AppendAsync(SessionHost.Message("held up"));

        await Wait.Until(() => host.Log.Of(4102).Count == 1, "loss noticed", 15);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 4, 13);
        Assert.Contains("does not answer", host.Log.Of(4102)[0], StringComparison.Ordinal);
        Assert.Equal(MqttFailureKind.KeepAlive, host.Session.Statistics.LastFailure?.Kind);
        proxy.Faults.HalfOpen = false;
        await host.UntilDelivered();
    }

    [Fact]
    public async Task A_broker_of_the_older_version_is_spoken_to_in_it()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var proxy = new FaultProxy(broker.Port);
        proxy.Faults.RefuseMqtt5 = true;
        await using var host = await new SessionHost(
            proxy.Port, options => options with { Will = new MqttWill(Status, "offline"u8.ToArray()) }).Connected();
        Assert.Equal("3.1.1", host.Session.Statistics.Protocol);
        await host.Outbox.AppendAsync(SessionHost.Message("old", expiry: TimeSpan.FromMinutes(1)));
        Assert.Equal("old", observer.WaitFor(messages => messages.Count == 1)[0].Text);
        proxy.Cut();
        Assert.Contains(observer.WaitFor(messages => messages.Any(m => m.Text == "offline")), m => m.Topic == Status);
        await Wait.Until(() => host.Session.Statistics.Reconnects == 1, "reconnected");
        Assert.Single(host.Log.Of(4103));
    }

    [Fact]
    public async Task A_broker_that_hangs_up_on_the_newer_version_is_spoken_to_in_the_older()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        proxy.Faults.HangUpOnMqtt5 = true;
        await using var host = await new SessionHost(proxy.Port).Connected();
        Assert.Equal("3.1.1", host.Session.Statistics.Protocol);
        Assert.Single(host.Log.Of(4103));
        Assert.Empty(host.Log.Of(4101));
    }

    [Fact]
    public async Task Brokers_are_tried_in_order()
    {
        using var second = MosquittoBroker.Start();
        var nobody = MosquittoBroker.FreePort();
        await using var host = await new SessionHost(
            nobody, options => options with { Fallbacks = [new MqttBroker("127.0.0.1", second.Port)] }).Connected();
        Assert.Equal($"127.0.0.1:{second.Port}", host.Session.Statistics.Broker);
        Assert.Contains("refuses the connection", Assert.Single(host.Log.Of(4101)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_is_reported_once_in_an_episode_and_not_for_each_attempt()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = new SessionHost(proxy.Port, options => options with { ReconnectMinMs = 20, ReconnectMaxMs = 40 });
        // Counted, not timed: how long a pause really is, the machine decides.
        var attempts = 0;
        host.Session.StateChanged += state => Volatile.Write(
            ref attempts, state switch { MqttState.Connected => 0, MqttState.Connecting => attempts + 1, _ => attempts });
        await host.Connected();
        for (var episode = 1; episode <= 2; episode++)
        {
            await Wait.Until(() => Volatile.Read(ref attempts) == 0, "told of the connection");
            proxy.Refuse();
            await Wait.Until(() => Volatile.Read(ref attempts) >= 10, "ten attempts", 30);
            Assert.Equal(episode, host.Log.Of(4101).Count);
            proxy.Accept();
            await host.UntilConnected();
        }
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_said_so()
    {
        await using var host = new SessionHost(1883, options => options with { Host = "no-such-host.invalid", ConnectTimeoutMs = 10_000 });
        host.Session.Start();
        await Wait.Until(() => host.Log.Of(4101).Count == 1, "reported", 15);
        Assert.Contains("no-such-host.invalid", host.Log.Of(4101)[0], StringComparison.Ordinal);
        Assert.Contains(
            host.Session.Statistics.LastFailure?.Kind, new MqttFailureKind?[] { MqttFailureKind.NameNotResolved, MqttFailureKind.TimedOut });
    }

    [Fact]
    public async Task Garbage_and_truncated_packets_end_the_connection_and_lose_nothing()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port, options => options with { KeepAliveSeconds = 5 }).Connected();
        byte[][] rubbish = [[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x00, 0x00], "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()];
        for (var i = 0; i < rubbish.Length; i++)
        {
            proxy.Faults.Inject(rubbish[i]);
            await host.Outbox.AppendAsync(SessionHost.Message($"rubbish{i}"));
            await Wait.Until(() => host.Session.Statistics.Reconnects == i + 1, "reconnected after rubbish", 15);
            await host.UntilDelivered();
        }

        proxy.Faults.Truncate(1);
        await host.Outbox.AppendAsync(SessionHost.Message("truncated"));
        await Wait.Until(() => host.Session.Statistics.Reconnects == 4, "reconnected after a truncated packet");
        await host.UntilDelivered();
        observer.WaitFor(messages => messages.Select(m => m.Text).Distinct().Count() == 4);
    }

    [Fact]
    public async Task Messages_are_handed_to_handlers_also_after_a_reconnect()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var proxy = new FaultProxy(broker.Port);
        await using var host = new SessionHost(proxy.Port);
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        host.Session.Subscribe("edgeface/dev/request/+", message => seen.Enqueue(Encoding.UTF8.GetString(message.Payload.Span)));
        host.Session.Subscribe("edgeface/other", _ => seen.Enqueue("wrong"));
        await host.Connected();
        observer.Publish("edgeface/dev/request/a", "kept", retain: true);
        await Wait.Until(() => seen.Contains("kept"), "handled");
        proxy.Cut();
        await Wait.Until(() => host.Session.Statistics.Reconnects == 1, "reconnected");
        observer.Publish("edgeface/dev/request/b", "second");
        await Wait.Until(() => seen.Contains("second"), "handled after the reconnect");
        Assert.Contains("session new", host.Log.Of(4100)[0], StringComparison.Ordinal);
        Assert.Contains("session resumed", host.Log.Of(4100)[1], StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", seen);
        Assert.Equal(0, host.Session.Statistics.IncomingDropped);
    }

    [Fact]
    public async Task A_handler_that_blocks_holds_up_neither_delivery_nor_keep_alive_and_the_surplus_is_counted()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var handling = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        await using var host = new SessionHost(broker.Port, options => options with { MaxPendingIncoming = 5 });
        host.Session.Subscribe("in", _ =>
        {
            handling.Set();
            go.Wait(TimeSpan.FromMinutes(1));
        });
        await host.Connected();
        // Retained, for the subscription may still be on its way; and the others only when this one no longer waits but is handled.
        observer.Publish("in", "0", retain: true);
        await Wait.Until(() => handling.IsSet, "the first is being handled");
        for (var i = 1; i < 20; i++)
            observer.Publish("in", $"{i}");
        await Wait.Until(() => host.Session.Statistics.Received == 20, "received");
        await host.Outbox.AppendAsync(SessionHost.Message("out"));
        await host.UntilDelivered();
        go.Set();
        Assert.Equal(14, host.Session.Statistics.IncomingDropped);
        Assert.Single(host.Log.Of(4107));
    }

    [Fact]
    public async Task States_are_raised_in_order_away_from_the_messaging_thread()
    {
        using var broker = MosquittoBroker.Start();
        await using var host = new SessionHost(broker.Port);
        var states = new System.Collections.Concurrent.ConcurrentQueue<MqttState>();
        host.Session.StateChanged += state =>
        {
            Assert.NotEqual("mqtt", Thread.CurrentThread.Name);
            states.Enqueue(state);
        };
        await host.Connected();
        await host.Session.StopAsync(TimeSpan.FromSeconds(1));
        Assert.Equal([MqttState.Connecting, MqttState.Connected, MqttState.Stopping, MqttState.Stopped], states);
    }

    [Theory]
    [InlineData(142, MqttFailureKind.SessionTakenOver, "give each device its own")]
    [InlineData(139, MqttFailureKind.BrokerUnavailable, "shutting down")]
    [InlineData(151, MqttFailureKind.ProtocolError, "Quota exceeded")]
    public async Task The_reason_of_the_brokers_goodbye_is_reported(byte reason, MqttFailureKind kind, string text)
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        proxy.Faults.Inject([0xE0, 2, reason, 0]);
        await host.Outbox.AppendAsync(SessionHost.Message("asks for a packet"));
        await Wait.Until(() => host.Log.Of(4102).Count == 1, "loss noticed");
        Assert.Contains(text, host.Log.Of(4102)[0], StringComparison.OrdinalIgnoreCase);
        Assert.Equal(kind, host.Session.Statistics.LastFailure?.Kind);
        await host.UntilDelivered();
    }
}
