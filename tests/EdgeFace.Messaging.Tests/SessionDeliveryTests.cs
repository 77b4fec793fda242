using System.Diagnostics;
using System.Globalization;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests;

public sealed class SessionDeliveryTests
{
    [Fact]
    public async Task Messages_are_delivered_and_acknowledged()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        await using var host = await new SessionHost(broker.Port).Connected();

        Assert.True(await host.Outbox.AppendAsync(SessionHost.Message("one")));

        var seen = observer.WaitFor(messages => messages.Count == 1)[0];
        Assert.Equal(("edgeface/dev/camera/k/visit", "one"), (seen.Topic, seen.Text));
        await host.UntilDelivered();
        var statistics = host.Session.Statistics;
        Assert.Equal((1, 1, 0, 0L), (statistics.Published, statistics.Acknowledged, statistics.InFlight, statistics.Reconnects));
        Assert.Equal("5", statistics.Protocol);
        Assert.NotNull(statistics.ConnectedSince);
    }

    [Fact]
    public async Task Order_is_kept_for_each_key_with_a_narrow_window()
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { MaxInFlight = 3 });
        using var observer = new MqttObserver(broker);
        await using var host = await new SessionHost(broker.Port).Connected();
        Assert.Contains("window 3", Assert.Single(host.Log.Of(4100)), StringComparison.Ordinal);

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => host.Outbox.AppendAsync(SessionHost.Message($"{i}", key: $"cam{i % 3}"))));

        var seen = observer.WaitFor(messages => messages.Count == 600);
        for (var key = 0; key < 3; key++)
        {
            var numbers = seen.Where(m => m.Topic.Contains($"cam{key}", StringComparison.Ordinal)).Select(m => int.Parse(m.Text, null));
            Assert.Equal(Enumerable.Range(0, 200).Select(i => (i * 3) + key), numbers);
        }
    }

    [Fact]
    public async Task An_outage_loses_nothing_and_keeps_the_order()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        proxy.Refuse();
        await Wait.Until(() => host.Session.State != MqttState.Connected, "loss noticed");
        for (var i = 0; i < 300; i++)
            _ = host.Outbox.AppendAsync(SessionHost.Message($"{i}", padding: 100));
        await Wait.Until(() => host.Outbox.Depth == 300, "300 stored");
        Assert.InRange(host.Outbox.OldestAge, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        broker.Restart();
        using var observer = new MqttObserver(broker);

        proxy.Accept();

        var seen = observer.WaitFor(messages => messages.Count == 300);
        Assert.Equal(Enumerable.Range(0, 300), seen.Select(m => int.Parse(m.Text.Trim(), null)));
        await host.UntilDelivered();
        Assert.Equal(0, host.Outbox.Drops.Total);
        Assert.Equal(1, host.Session.Statistics.Reconnects);
    }

    [Fact]
    public async Task A_broker_that_is_killed_after_its_acknowledgement_is_offered_the_same_again()
    {
        using var broker = MosquittoBroker.Start();
        await using var host = await new SessionHost(broker.Port).Connected();
        await host.Outbox.AppendAsync(SessionHost.Message("precious"));
        await Wait.Until(() => host.Session.Statistics.Acknowledged == 1, "acknowledged");
        broker.Kill();
        await Wait.Until(() => host.Session.State != MqttState.Connected, "loss noticed");
        // Longer than acknowledged messages are held: without the broker, the time does not count.
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);

        broker.Restart();

        await Wait.Until(() => host.Session.Statistics.Acknowledged == 2, "acknowledged again");
        await host.UntilDelivered();
        Assert.Equal(2, host.Session.Statistics.Published);
    }

    [Fact]
    public async Task The_same_message_arrives_again_with_the_same_id_after_a_kill()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        await host.Outbox.AppendAsync(SessionHost.Message("precious"));
        await Wait.Until(() => host.Session.Statistics.Acknowledged == 1, "acknowledged");
        broker.Kill();
        proxy.Refuse();
        broker.Restart();
        using var observer = new MqttObserver(broker);
        proxy.Accept();

        Assert.Equal("precious", observer.WaitFor(messages => messages.Count > 0)[0].Text);
    }

    [Fact]
    public async Task Acknowledged_messages_are_forgotten_while_the_broker_lives()
    {
        using var broker = MosquittoBroker.Start();
        await using var host = new SessionHost(
            broker.Port,
            options => options with { KeepAliveSeconds = 5 },
            new OutboxOptions { HoldAcknowledged = TimeSpan.FromSeconds(1) });
        await host.Connected();
        await host.Outbox.AppendAsync(SessionHost.Message("passing"));
        await host.UntilDelivered();
        Assert.True(host.Outbox.Bytes > 0);

        await Wait.Until(() => host.Outbox.Bytes == 0, "forgotten after the broker's next sign of life", 15);
    }

    [Fact]
    public async Task Cuts_in_mid_stream_lose_nothing()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        const int Count = 2000;
        for (var i = 0; i < Count; i++)
        {
            _ = host.Outbox.AppendAsync(SessionHost.Message($"{i}", padding: 500));
            if (i % 500 == 250)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
                proxy.Cut();
            }
        }

        await Wait.Until(() => host.Session.Statistics.Reconnects > 0, "reconnected");
        var seen = observer.WaitFor(messages => messages.Select(m => m.Text).Distinct().Count() == Count, TimeSpan.FromSeconds(20));
        await host.UntilDelivered();
        // First arrivals are in order, whatever arrives again between them.
        var first = seen.Select(m => int.Parse(m.Text.Trim(), null)).Distinct().ToArray();
        Assert.Equal(Enumerable.Range(0, Count), first);
    }

    [Fact]
    public async Task Stopping_drains_the_outbox_and_says_offline()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        await using var host = await new SessionHost(
            broker.Port, options => options with { Will = new MqttWill("edgeface/dev/status", "offline"u8.ToArray()) }).Connected();
        for (var i = 0; i < 500; i++)
            _ = host.Outbox.AppendAsync(SessionHost.Message($"{i}"));
        await Wait.Until(() => host.Outbox.Depth > 0 || host.Session.Statistics.Published > 0, "stored");
        await host.Outbox.AppendAsync(SessionHost.Message("last"));

        await host.Session.StopAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(MqttState.Stopped, host.Session.State);
        await host.UntilDelivered(2);
        var seen = observer.WaitFor(messages => messages.Count == 502);
        Assert.Equal(("edgeface/dev/status", "offline"), (seen[^1].Topic, seen[^1].Text));
        using var late = new MqttObserver(broker);
        Assert.True(late.WaitFor(messages => messages.Count == 1)[0].Retained);
    }

    [Fact]
    public async Task What_the_drain_time_does_not_suffice_for_stays_in_the_outbox()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        proxy.Faults.BytesPerSecond = 20_000;
        for (var i = 0; i < 200; i++)
            _ = host.Outbox.AppendAsync(SessionHost.Message($"{i}", padding: 1000));
        await host.Outbox.AppendAsync(SessionHost.Message("last"));

        var begun = TimeProvider.System.GetTimestamp();
        await host.Session.StopAsync(TimeSpan.FromSeconds(1));

        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 0.9, 4.5);
        Assert.InRange(host.Outbox.Depth, 1, 201);
        Assert.Equal(0, host.Outbox.Drops.Total);
    }

    [Fact]
    public async Task Stopping_without_a_broker_ends_at_once()
    {
        await using var host = new SessionHost(MosquittoBroker.FreePort());
        host.Session.Start();
        await host.Outbox.AppendAsync(SessionHost.Message("kept"));
        await Wait.Until(() => host.Session.Statistics.LastFailure is not null, "an attempt");
        var begun = TimeProvider.System.GetTimestamp();
        await host.Session.StopAsync(TimeSpan.FromSeconds(30));
        Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalSeconds < 2);
        Assert.Equal(1, host.Outbox.Depth);
    }

    [Fact]
    public async Task A_message_too_large_for_the_broker_is_dropped_and_counted_and_blocks_nothing()
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { Extra = "max_packet_size 2000" });
        using var observer = new MqttObserver(broker);
        await using var host = await new SessionHost(broker.Port).Connected();
        await host.Outbox.AppendAsync(SessionHost.Message("large", padding: 5000));
        await host.Outbox.AppendAsync(SessionHost.Message("small"));

        Assert.Equal("small", observer.WaitFor(messages => messages.Count == 1)[0].Text);
        await host.UntilDelivered();
        Assert.Equal(new OutboxDrops(0, 0, 0, 0, 1), host.Outbox.Drops);
    }

    [Fact]
    public async Task What_is_left_of_the_expiry_travels_with_the_message()
    {
        using var broker = MosquittoBroker.Start();
        using var subscriber = Process.Start(new ProcessStartInfo("mosquitto_sub")
        {
            ArgumentList = { "-V", "mqttv5", "-h", broker.Host, "-p", $"{broker.Port}", "-t", "#", "-C", "1", "-W", "10", "-F", "%E %p" },
            RedirectStandardOutput = true,
        })!;
        await Wait.Until(() => broker.Log.Contains("Sending SUBACK", StringComparison.Ordinal), "subscribed");
        await using var host = await new SessionHost(broker.Port).Connected();
        var message = SessionHost.Message("brief", expiry: TimeSpan.FromHours(1));

        await host.Outbox.AppendAsync(message with { CreatedAt = message.CreatedAt - TimeSpan.FromMinutes(10) });

        var fields = (await subscriber.StandardOutput.ReadToEndAsync()).Trim().Split(' ');
        Assert.Equal("brief", fields[1]);
        Assert.InRange(int.Parse(fields[0], CultureInfo.InvariantCulture), 2990, 3000);
    }
}
