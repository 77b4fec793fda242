using System.Diagnostics;
using EdgeFace.Core;
using EdgeFace.Devices;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// Events from their decision through the outbox on disk and TLS to a subscriber: what an outage left, as fast as possible, and
/// 100 a second for the time they take. Beside each round mosquitto_pub sends the same payloads, from memory, to the same subscriber.
/// </summary>
internal sealed class MqttBench(MqttBench.Plan plan, TimeProvider time, ILoggerFactory loggers)
{
    public const double LeastEventsPerSecond = 10_000;
    public const double MostBytesPerEvent = 2048;
    public const double MostP99Ms = 50;
    public const double LeastCaughtUpPerSecond = 2000;
    public const long MostFileBytes = 1 << 20;

    /// <summary>Events that wait for their commit at a time.</summary>
    private const int Ahead = 4096;

    private const int WarmUpEvents = 5000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AliveEvery = TimeSpan.FromMilliseconds(500);

    private ushort _series;

    /// <param name="Server">A broker with TLS; null for one of the benchmark's own.</param>
    /// <param name="OutageEvents">Events that wait before there is a connection; 0 leaves this out.</param>
    public sealed record Plan(int Rounds, int Events, int LatencyEvents, int OutageEvents, (string Host, int Port)? Server, string? CaFile);

    public MqttBenchResult Run(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("edgeface-bench-");
        try
        {
            using var broker = plan.Server is null ? new MqttBenchBroker(folder.FullName, time) : null;
            var target = plan.Server is { } server
                ? new MqttBenchTarget(server.Host, server.Port, plan.CaFile)
                : new MqttBenchTarget(MqttBenchBroker.Name, broker!.Port, broker.CaFile);
            using var subscriber = new MqttBenchSubscriber(target, time);
            var file = Path.Combine(folder.FullName, "outbox.db");
            using var outbox = Outbox.Open(file, new OutboxOptions { MaxMessages = 1_000_000, MaxBytes = 4L << 30 }, time, loggers.CreateLogger<Outbox>());
            var session = new MqttSession(Options(target), outbox, time, loggers.CreateLogger<MqttSession>());
            try
            {
                return Measure(new Parts(target, subscriber, outbox, file, session), cancellation);
            }
            finally
            {
                session.StopAsync(TimeSpan.Zero).GetAwaiter().GetResult();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Parts(MqttBenchTarget Target, MqttBenchSubscriber Subscriber, Outbox Outbox, string File, MqttSession Session);

    private static MqttOptions Options(MqttBenchTarget target) => new()
    {
        Host = target.Host,
        Port = target.Port,
        ClientId = target.Device,
        Tls = new MqttTlsOptions { Enabled = true, CaFile = target.CaFile },
    };

    private MqttBenchResult Measure(Parts parts, CancellationToken cancellation)
    {
        var outage = plan.OutageEvents > 0 ? CatchUp(parts, cancellation) : null;
        if (outage is null)
            parts.Session.Start();
        WaitFor(() => parts.Session.State == MqttState.Connected, () => $"no connection to {parts.Target}: {parts.Session.Statistics.LastFailure?.Message}", cancellation);
        Flood(parts, Math.Min(plan.Events, WarmUpEvents), cancellation);
        var bursts = new List<MqttBenchBurst>();
        var latencies = new List<MqttBenchLatency>();

        for (var round = 0; round < plan.Rounds; round++)
        {
            var yardstick = FloodYardstick(parts, plan.Events, cancellation);
            bursts.Add(Flood(parts, plan.Events, cancellation).With(yardstick));
            latencies.Add(Trickle(parts, cancellation));

        }

        var versions = new Dictionary<string, string> { ["libmosquitto"] = MqttSession.LibraryVersion.ToString() };
        return MqttBenchResult.Of(new SystemInfo().ReadCpu().Model, Environment.ProcessorCount, AgentVersion.Full, versions, Payload(0, 0).Length, outage, bursts, latencies);
    }

    /// <summary>An outage ends: the session starts with an outbox that is full of events.</summary>
    private MqttBenchOutage CatchUp(Parts parts, CancellationToken cancellation)
    {
        var arrivals = Expect(parts, plan.OutageEvents);
        Append(parts, arrivals, plan.OutageEvents);
        WaitFor(() => parts.Outbox.Depth == plan.OutageEvents, () => $"{parts.Outbox.Depth} events are stored", cancellation);
        var begun = Now();
        parts.Session.Start();
        WaitForAll(arrivals, plan.OutageEvents, cancellation);
        var rate = Rate(arrivals, plan.OutageEvents, begun);
        return new MqttBenchOutage(plan.OutageEvents, Math.Round(rate), WaitUntilSmall(parts, cancellation), arrivals.Wrong);
    }

    /// <summary>Bytes of the outbox's files when they are small again, or when that takes too long.</summary>
    private long WaitUntilSmall(Parts parts, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = new[] { parts.File, parts.File + "-wal" }.Where(File.Exists).Sum(file => new FileInfo(file).Length);
            if (bytes <= MostFileBytes || time.GetElapsedTime(begun) > ShrinkTime)
                return bytes;
            // A device that goes on: the broker's answer is what shows that it lives.
            parts.Outbox.Append(new OutboxMessage(Guid.CreateVersion7(time.GetUtcNow()).ToString(), $"{MqttBenchTarget.Root}/{parts.Target.Device}/alive", [], MessagePriority.VisitUpdate, "alive", time.GetUtcNow(), Expiry: null));
            Thread.Sleep(AliveEvery);
        }
    }

    /// <summary>All events as fast as the outbox takes them.</summary>
    private MqttBenchBurst Flood(Parts parts, int count, CancellationToken cancellation)
    {
        var arrivals = Expect(parts, count);
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begun = Now();
        Append(parts, arrivals, count);
        WaitForAll(arrivals, count, cancellation);
        // Waiting allocates too, a little; it counts.
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new MqttBenchBurst(Rate(arrivals, count, begun), 0, (double)allocated / count, arrivals.Wrong, arrivals.Duplicates);
    }

    private void Append(Parts parts, MqttBenchArrivals arrivals, int count)
    {
        var waiting = new Task<bool>[Ahead];
        for (var i = 0; i < count; i++)
        {
            ref var slot = ref waiting[i % Ahead];
            slot?.GetAwaiter().GetResult();
            slot = parts.Outbox.AppendAsync(Message(parts, arrivals.Series, i));
        }
    }

    private double FloodYardstick(Parts parts, int count, CancellationToken cancellation)
    {
        var arrivals = Expect(parts, count);
        var lines = new byte[count][];
        for (var i = 0; i < count; i++)
            lines[i] = [.. Payload(arrivals.Series, i), (byte)'\n'];
        using var publisher = StartYardstick(parts);
        var input = new BufferedStream(publisher.StandardInput.BaseStream, 1 << 16);
        var begun = Now();
        foreach (var line in lines)
            input.Write(line);
        input.Flush();
        WaitForAll(arrivals, count, cancellation);
        input.Dispose();
        publisher.WaitForExit(Patience);
        return Rate(arrivals, count, begun);
    }

    /// <summary>100 events a second, and half a tick after each one of the yardstick: both meet the same machine.</summary>
    private MqttBenchLatency Trickle(Parts parts, CancellationToken cancellation)
    {
        var decided = new long[plan.LatencyEvents];
        var measured = new List<double>();
        var compared = new List<double>();
        using var publisher = StartYardstick(parts);
        var input = publisher.StandardInput.BaseStream;
        var both = Expect(parts, plan.LatencyEvents);
        var next = time.GetTimestamp();
        for (var i = 0; i < decided.Length; i++)
        {
            next = Until(next, cancellation);
            decided[i] = Now();
            if (i % 2 == 0)
            {
                parts.Outbox.Append(Message(parts, both.Series, i));
            }
            else
            {
                input.Write([.. Payload(both.Series, i), (byte)'\n']);
                input.Flush();
            }
        }

        WaitForAll(both, decided.Length, cancellation);
        input.Dispose();
        publisher.WaitForExit(Patience);
        for (var i = 0; i < decided.Length; i++)
            (i % 2 == 0 ? measured : compared).Add((both[i] - decided[i]) / 1000.0);
        return MqttBenchLatency.Of(measured, compared);
    }

    private long Until(long last, CancellationToken cancellation)
    {
        var next = last + (Tick.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond / 2);
        while (time.GetTimestamp() is var now && now < next)
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(TimeSpan.FromSeconds((double)(next - now) / time.TimestampFrequency));
        }

        return next;
    }

    private static Process StartYardstick(Parts parts)
    {
        var topic = Topics.Visit(MqttBenchTarget.Root, parts.Target.Device, "yardstick");
        return MqttBenchBroker.StartClient(new ProcessStartInfo("mosquitto_pub", [.. parts.Target.Arguments, "-q", "1", "-l", "-t", topic]) { RedirectStandardInput = true });
    }

    private MqttBenchArrivals Expect(Parts parts, int count)
    {
        var arrivals = new MqttBenchArrivals(++_series, count);
        parts.Subscriber.Expect(arrivals);
        return arrivals;
    }

    private void WaitForAll(MqttBenchArrivals arrivals, int count, CancellationToken cancellation)
        => WaitFor(() => arrivals.Count == count, () => $"only {arrivals.Count} of {count} events came to the subscriber", cancellation);

    private void WaitFor(Func<bool> condition, Func<string> otherwise, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (!condition())
        {
            cancellation.ThrowIfCancellationRequested();
            if (time.GetElapsedTime(begun) > Patience)
                throw new InputException($"bench mqtt: {otherwise()}.");
            Thread.Sleep(2);
        }
    }

    private OutboxMessage Message(Parts parts, ushort series, int number)
        => MqttBenchEvents.Message(parts.Target, series, number, time.GetUtcNow());

    private byte[] Payload(ushort series, int number) => MqttBenchEvents.Payload(series, number, time.GetUtcNow());

    private long Now() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static double Rate(MqttBenchArrivals arrivals, int count, long begun)
    {
        var last = 0L;
        for (var i = 0; i < count; i++)
            last = Math.Max(last, arrivals[i]);
        return count * 1e6 / Math.Max(1, last - begun);
    }
}
