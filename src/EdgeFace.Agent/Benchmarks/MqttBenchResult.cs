namespace EdgeFace.Agent.Benchmarks;

/// <summary>A burst through outbox and TLS, and the same payloads by mosquitto_pub just before it.</summary>
/// <param name="Wrong">Arrivals out of order, or of what was not sent.</param>
internal sealed record MqttBenchBurst(double EventsPerSecond, double YardstickPerSecond, double BytesPerEvent, int Wrong, int Duplicates)
{
    /// <summary>Rate against the yardstick's.</summary>
    public double Ratio => YardstickPerSecond > 0 ? Math.Round(EventsPerSecond / YardstickPerSecond, 3) : 0;

    public MqttBenchBurst With(double yardstick) => this with
    {
        EventsPerSecond = Math.Round(EventsPerSecond),
        YardstickPerSecond = Math.Round(yardstick),
        BytesPerEvent = Math.Round(BytesPerEvent),
    };
}

/// <summary>What an outage left, and how it was caught up with.</summary>
/// <param name="FileBytes">Of the outbox when all was delivered and forgotten.</param>
internal sealed record MqttBenchOutage(int Events, double EventsPerSecond, long FileBytes, int Wrong);

/// <summary>Milliseconds from the decision to the subscriber at 100 events a second.</summary>
internal sealed record MqttBenchLatency(double P50Ms, double P99Ms, double MaxMs, double YardstickP50Ms, double YardstickP99Ms)
{
    public static MqttBenchLatency Of(List<double> measured, List<double> yardstick)
    {
        measured.Sort();
        yardstick.Sort();
        return new(At(measured, 0.5), At(measured, 0.99), Math.Round(measured[^1], 3), At(yardstick, 0.5), At(yardstick, 0.99));
    }

    private static double At(List<double> sorted, double share) => Math.Round(sorted[Math.Min((int)(share * sorted.Count), sorted.Count - 1)], 3);
}

/// <summary>All rounds; budgets are held against the best of them, since other work on the machine only ever makes one worse.</summary>
internal sealed record MqttBenchResult(
    string Machine, int Cores, string Version, IReadOnlyDictionary<string, string> Libraries, int PayloadBytes, MqttBenchOutage? Outage,
    IReadOnlyList<MqttBenchBurst> Bursts, IReadOnlyList<MqttBenchLatency> Latencies, IReadOnlyList<PipelineBench.Budget> Budgets)
{
    public static MqttBenchResult Of(
        string machine, int cores, string version, IReadOnlyDictionary<string, string> libraries, int payload, MqttBenchOutage? outage, List<MqttBenchBurst> bursts, List<MqttBenchLatency> latencies)
    {
        var rate = bursts.Max(burst => burst.EventsPerSecond);
        var bytes = bursts.Min(burst => burst.BytesPerEvent);
        var p99 = latencies.Min(latency => latency.P99Ms);
        var wrong = bursts.Sum(burst => burst.Wrong) + (outage?.Wrong ?? 0);
        return new(machine, cores, version, libraries, payload, outage, bursts, latencies,
        [
            new("events a second, best round", $">= {MqttBench.LeastEventsPerSecond}", rate, rate >= MqttBench.LeastEventsPerSecond),
            new("managed bytes an event, least round", $"<= {MqttBench.MostBytesPerEvent}", bytes, bytes <= MqttBench.MostBytesPerEvent),
            new("p99 ms from decision to subscriber, best round", $"<= {MqttBench.MostP99Ms}", p99, p99 <= MqttBench.MostP99Ms),
            new("events out of order or invented", "0", wrong, wrong == 0),
            .. outage is null ? [] : OfOutage(outage),
        ]);
    }

    private static PipelineBench.Budget[] OfOutage(MqttBenchOutage outage) =>
    [
        new("events a second caught up with after an outage", $">= {MqttBench.LeastCaughtUpPerSecond}", outage.EventsPerSecond, outage.EventsPerSecond >= MqttBench.LeastCaughtUpPerSecond),
        new("bytes of the outbox's files after it", $"<= {MqttBench.MostFileBytes}", outage.FileBytes, outage.FileBytes <= MqttBench.MostFileBytes),
    ];
}
