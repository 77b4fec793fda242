using System.Diagnostics;
using System.Globalization;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Xunit.Abstractions;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>Malformed packets in both directions: the session lives, comes back, and does not grow.</summary>
public sealed class PacketFuzzTests(ITestOutputHelper output)
{
    private const double Share = 0.3;

    // libmosquitto 2.0.11 logs a property that it does not know on behalf of no client, and ends the process by an assertion of its own.
    private const string KnownAssertion = "log__printf: Assertion `mosq' failed";

    private const long MostGrowth = 48 << 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Stuck = TimeSpan.FromMilliseconds(300);

    /// <summary>MQTT 3.1.1: nothing brings the process down.</summary>
    [Fact]
    public async Task A_session_lives_through_malformed_packets()
        => Assert.Equal(0, await Run(Fuzz.Count(always: 200, full: 19_000), refuseMqtt5: true));

    /// <summary>MQTT 5: nothing but that assertion of the library does, and then the next process delivers.</summary>
    [Fact]
    public async Task Malformed_packets_of_mqtt_5_end_in_nothing_worse_than_a_restart()
        => output.WriteLine($"{await Run(Fuzz.Count(always: 40, full: 1_000), refuseMqtt5: false)} times the process was ended by the library's assertion");

    /// <summary>How often the process was ended by the library.</summary>
    private async Task<int> Run(int count, bool refuseMqtt5)
    {
        var seed = Fuzz.Seed();
        output.WriteLine($"{count} malformed packets, EDGEFACE_FUZZ_SEED={seed}");
        Console.WriteLine($"{count} malformed packets, EDGEFACE_FUZZ_SEED={seed}");
        using var broker = MosquittoBroker.Start(new BrokerSetup { LogTypes = "error" });
        using var proxy = new FaultProxy(broker.Port);
        proxy.Faults.RefuseMqtt5 = refuseMqtt5;
        var fuzz = new PacketFuzz(seed, Share);
        var (deaths, brokerDeaths, warm, last) = (0, 0, 0L, 0);
        var begun = TimeProvider.System.GetTimestamp();
        var since = begun;
        var listener = new Listener(proxy.Port);
        try
        {
            for (var i = 0; proxy.Faults.Rewritten < count; i++)
            {
                // Only a session that has come about is worth disturbing.
                proxy.Faults.Rewrite = listener.Connections >= 0 ? fuzz.Rewrite : null;
                if (listener.HasExited)
                {
                    Assert.True(listener.Ending.Contains(KnownAssertion, StringComparison.Ordinal), $"seed {seed}: the process died after {proxy.Faults.Rewritten} packets: {listener.Ending}");
                    deaths++;
                    listener.Dispose();
                    listener = new Listener(proxy.Port);
                }

                Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalSeconds < 120 + (count * 0.5), $"seed {seed}: stuck at {proxy.Faults.Rewritten} packets");
                brokerDeaths += Revive(broker);
                Ask(broker, i);
                // A packet that says it is longer than it is: both wait for the rest until the keep-alive; here there is no time for that.
                if (proxy.Faults.Rewritten != last)
                    (last, since) = (proxy.Faults.Rewritten, TimeProvider.System.GetTimestamp());
                else if (TimeProvider.System.GetElapsedTime(since) > Stuck)
                    proxy.Cut();
                if (warm == 0 && proxy.Faults.Rewritten > count / 5)
                    warm = listener.Resident;
                await Task.Delay(Tick, TimeProvider.System);
            }

            proxy.Faults.Rewrite = null;
            proxy.Cut();
            if (listener.HasExited)
                listener = new Listener(proxy.Port);
            Revive(broker);
            using var observer = new MqttObserver(broker, "edgeface/dev/camera/k/visit");
            observer.WaitFor(messages => messages.Count > 0, TimeSpan.FromSeconds(60));
            output.WriteLine($"{proxy.Accepted} connections; resident {warm >> 20} MB after a fifth, {listener.Resident >> 20} MB at the end; the broker died {brokerDeaths} times");
            Assert.Empty(listener.Faults);
            if (Fuzz.IsFull && deaths == 0)
                Assert.True(listener.Resident - warm < MostGrowth, $"seed {seed}: resident memory grew from {warm >> 20} to {listener.Resident >> 20} MB");
            return deaths;
        }
        finally
        {
            listener.Dispose();
        }
    }

    // Something for the broker to send: requests and documents, which are not always good either.
    private static void Ask(MosquittoBroker broker, int round)
    {
        try
        {
            using var client = new MqttObserver(broker, "nothing");
            client.Publish("edgeface/dev/request/echo", $$"""{"transaction":"{{round}}","say":[1,2,3]}""");
            client.Publish("edgeface/dev/config/desired", $$$"""{"version":{{{round + 1}}},"settings":{"a":{"b": {{{round}}} } } }""");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            // A broker that does not survive is not what is tested.
        }
    }

    private static int Revive(MosquittoBroker broker)
    {
        if (!broker.HasDied)
            return 0;
        broker.Kill();
        broker.Restart();
        return 1;
    }

    private sealed class Listener : IDisposable
    {
        private readonly Process _process;
        private readonly Lock _lock = new();
        private readonly List<string> _faults = [];
        private readonly List<string> _errors = [];
        private long _connections = -1;

        public Listener(int port)
        {
            var start = ChildProcess.Describe("listen", port.ToString(CultureInfo.InvariantCulture));
            start.RedirectStandardError = true;
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Hear(line.Data);
            _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public bool HasExited => _process.HasExited;

        public long Connections => Interlocked.Read(ref _connections);

        public IReadOnlyList<string> Faults
        {
            get
            {
                lock (_lock)
                    return [.. _faults];
            }
        }

        /// <summary>What a process that has ended said last.</summary>
        public string Ending
        {
            get
            {
                _process.WaitForExit();
                lock (_lock)
                    return string.Join('\n', _errors.TakeLast(20));
            }
        }

        public long Resident
        {
            get
            {
                _process.Refresh();
                return _process.WorkingSet64;
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Hear(string? line)
        {
            if (line?.StartsWith("connections ", StringComparison.Ordinal) == true)
                Interlocked.Exchange(ref _connections, long.Parse(line.AsSpan(12), CultureInfo.InvariantCulture));
            else
                Keep(_faults, line);
        }

        private void Keep(List<string> lines, string? line)
        {
            if (string.IsNullOrEmpty(line))
                return;
            lock (_lock)
                lines.Add(line);
        }
    }
}
