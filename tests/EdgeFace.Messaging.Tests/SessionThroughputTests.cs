using EdgeFace.TestKit.Mqtt;
using Xunit.Abstractions;

namespace EdgeFace.Messaging.Tests;

public sealed class SessionThroughputTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_burst_passes_the_outbox_and_the_broker_far_faster_than_cameras_make_events()
    {
        const int Count = 10_000;
        using var broker = MosquittoBroker.Start();
        await using var host = await new SessionHost(broker.Port).Connected();
        var begun = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => host.Outbox.AppendAsync(SessionHost.Message($"{i}", padding: 400))));
        var stored = TimeProvider.System.GetElapsedTime(begun);
        await Wait.Until(() => host.Session.Statistics.Acknowledged == Count, "acknowledged", 30);
        var delivered = TimeProvider.System.GetElapsedTime(begun);
        output.WriteLine($"durable {Count / stored.TotalSeconds:0}/s, through the broker {Count / delivered.TotalSeconds:0}/s");
        Assert.True(Count / delivered.TotalSeconds > 300);
    }

    [Fact]
    public async Task An_event_on_an_idle_connection_arrives_at_once()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        await using var host = await new SessionHost(broker.Port).Connected();
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            var begun = TimeProvider.System.GetTimestamp();
            _ = host.Outbox.AppendAsync(SessionHost.Message($"{i}"));
            Assert.True(SpinWait.SpinUntil(() => host.Session.Statistics.Published == i + 1, TimeSpan.FromSeconds(5)));
            times.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"append to handed over, its commit included: median {times[10]:0.0} ms, worst {times[^1]:0.0} ms");
        // The thread polls for up to a second: without the wake-up the median would be half of it.
        Assert.True(times[10] < 50, $"median {times[10]} ms");
    }
}
