using System.Net.Sockets;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Xunit.Abstractions;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>Malformed packets in both directions, on several connections side by side: the process lives, comes back, and does not grow.</summary>
public sealed class PacketFuzzTests(ITestOutputHelper output)
{
    private const double Share = 0.3;
    private const int Lanes = 8;
    private const long MostGrowth = 48 << 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // A packet that says it is longer than it is: both wait for the rest until the keep-alive; here there is no time for that.
    private static readonly TimeSpan Stuck = TimeSpan.FromMilliseconds(150);

    [Theory]
    [InlineData(5)]
    [InlineData(4)] // 3.1.1 by its number on the wire.
    public async Task A_process_lives_through_malformed_packets(int protocol)
    {
        var count = Fuzz.Count(always: 150, full: 10_000);
        var seed = Fuzz.Seed();
        Say($"{count} malformed packets, protocol {protocol}, EDGEFACE_FUZZ_SEED={seed}");
        using var broker = MosquittoBroker.Start(new BrokerSetup { LogTypes = "error" });
        var lanes = Enumerable.Range(0, Lanes).Select(number => new Lane(broker.Port, unchecked(seed + number), refuseMqtt5: protocol != 5)).ToList();
        using var listener = new ListenerProcess(lanes.Select(lane => lane.Proxy.Port));
        var asker = new Asker(broker);
        var (brokerDeaths, warm) = (0, 0L);
        var begun = TimeProvider.System.GetTimestamp();
        for (var i = 0; Total(lanes) < count; i++)
        {
            Assert.False(listener.HasExited, $"seed {seed}: the process died after {Total(lanes)} packets: {(listener.HasExited ? listener.Ending : "")}");
            Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalSeconds < 120 + (count * 0.2), $"seed {seed}: stuck at {Total(lanes)} packets");
            brokerDeaths += Revive(broker);
            asker.Ask(i % Lanes, i);
            foreach (var lane in lanes)
                lane.Look();
            if (warm == 0 && Total(lanes) > count / 5)
                warm = listener.Resident;
            await Task.Delay(Tick, TimeProvider.System);
        }

        var took = TimeProvider.System.GetElapsedTime(begun);
        var resident = listener.Resident;
        foreach (var lane in lanes)
            lane.Calm();
        Revive(broker);
        using var observer = new MqttObserver(broker, "edgeface/dev/camera/k/visit");
        observer.WaitFor(messages => messages.Count > 0, TimeSpan.FromSeconds(60));
        Say($"{Total(lanes)} packets in {took.TotalSeconds:0} s, {lanes.Sum(lane => lane.Proxy.Accepted)} connections; resident {warm >> 20} MB after a fifth, {resident >> 20} MB at the end; the broker died {brokerDeaths} times");
        Assert.False(listener.HasExited, $"seed {seed}: the process died: {(listener.HasExited ? listener.Ending : "")}");
        Assert.Empty(listener.Faults);
        if (Fuzz.IsFull)
            Assert.True(resident - warm < MostGrowth, $"seed {seed}: resident memory grew from {warm >> 20} to {resident >> 20} MB");
        lanes.ForEach(lane => lane.Dispose());
        asker.Dispose();
    }

    private static int Total(List<Lane> lanes) => lanes.Sum(lane => lane.Proxy.Faults.Rewritten);

    private static int Revive(MosquittoBroker broker)
    {
        if (!broker.HasDied)
            return 0;
        broker.Kill();
        broker.Restart();
        return 1;
    }

    private void Say(string text)
    {
        output.WriteLine(text);
        Console.WriteLine(text);
    }

    /// <summary>One session's way to the broker.</summary>
    private sealed class Lane : IDisposable
    {
        private int _last;
        private long _since = TimeProvider.System.GetTimestamp();

        public Lane(int port, int seed, bool refuseMqtt5)
        {
            Proxy = new FaultProxy(port);
            Proxy.Faults.RefuseMqtt5 = refuseMqtt5;
            Proxy.Faults.Rewrite = new PacketFuzz(seed, Share).Rewrite;
        }

        public FaultProxy Proxy { get; }

        public void Look()
        {
            if (Proxy.Faults.Rewritten == _last && TimeProvider.System.GetElapsedTime(_since) < Stuck)
                return;
            if (Proxy.Faults.Rewritten == _last)
                Proxy.Cut();
            (_last, _since) = (Proxy.Faults.Rewritten, TimeProvider.System.GetTimestamp());
        }

        public void Calm()
        {
            Proxy.Faults.Rewrite = null;
            Proxy.Cut();
        }

        public void Dispose() => Proxy.Dispose();
    }

    /// <summary>Something for the broker to send: requests and documents, which are not always good either.</summary>
    private sealed class Asker(MosquittoBroker broker) : IDisposable
    {
        private MqttObserver? _client;

        public void Ask(int device, int round)
        {
            try
            {
                _client ??= new MqttObserver(broker, "nothing");
                _client.Publish($"edgeface/dev{device}/request/echo", $$"""{"transaction":"{{round}}","say":[1,2,3]}""");
                _client.Publish($"edgeface/dev{device}/config/desired", $$$"""{"version":{{{round + 1}}},"settings":{"a":{"b": {{{round}}} } } }""");
            }
            catch (Exception e) when (e is IOException or SocketException or TimeoutException or ObjectDisposedException)
            {
                // A broker that does not survive is not what is tested.
                Dispose();
            }
        }

        public void Dispose()
        {
            _client?.Dispose();
            _client = null;
        }
    }
}
