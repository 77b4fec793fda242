using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EdgeFace.Server.Sync.Simulation;

/// <summary>The real server over the loopback, and boards that ask it. What it costs is measured, not what was thought.</summary>
internal static class Simulation
{
    private const int SeedBatch = 1000;
    private const int ManyRequests = 1_000_000;
    private static readonly string Model = Convert.ToHexStringLower(SHA256.HashData("simulated embedder"u8));

    public static async Task<SimulationReport> RunAsync(SimulationPlan plan, TimeProvider time, TextWriter progress, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("edgeface-simulation-");
        try
        {
            var options = new ServerOptions
            {
                Listen = ["127.0.0.1:0"],
                DataFolder = folder.FullName,
                Limits = new LimitOptions { RequestsPerMinute = ManyRequests, FailuresPerMinute = ManyRequests },
            };
            await using var store = await GalleryStore.OpenAsync(
                new SqliteDialect(ServerPaths.Store(options)), new RowSeal(null), time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellation);
            await using var app = ServerHost.Build(options, store, time, logging => logging.SetMinimumLevel(LogLevel.None));
            await app.StartAsync(cancellation);
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return await MeasureAsync(plan, store, new Uri(address), time, progress, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<SimulationReport> MeasureAsync(
        SimulationPlan plan, GalleryStore store, Uri address, TimeProvider time, TextWriter progress, CancellationToken cancellation)
    {
        var random = new Random(plan.Seed);
        var begun = time.GetTimestamp();
        double Lap()
        {
            var seconds = time.GetElapsedTime(begun).TotalSeconds;
            begun = time.GetTimestamp();
            return seconds;
        }

        await progress.WriteLineAsync($"{plan.People} people and {plan.Devices} boards are made");
        await SeedPeopleAsync(plan, store, random, cancellation);
        var keys = await SeedDevicesAsync(plan, store, time, cancellation);
        var seedSeconds = Lap();

        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = plan.Loops, AutomaticDecompression = DecompressionMethods.None };
        using var http = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(30) };
        var boards = new SimulatedBoards(http, StoreSchema.DefaultGroup, keys, Model, plan.Loops, time);

        await progress.WriteLineAsync("the snapshot is made, and fetched by one board");
        var snapshotSeconds = 0.0;
        var manifest = await boards.FetchAllAsync(0, () => snapshotSeconds = Lap(), cancellation);
        var (fullSeconds, snapshotBytes) = (Lap(), boards.Bytes);

        boards.Place(manifest.Revision);
        await progress.WriteLineAsync("all boards ask, nothing is new");
        // Once before it is measured: connections are made, and the server notes that it has heard of each.
        await boards.AllAskAsync(acknowledge: false, cancellation);
        var (bytes, requests) = (boards.Bytes, boards.Requests);
        Lap();
        await boards.AllAskAsync(acknowledge: false, cancellation);
        var idleRate = (boards.Requests - requests) / Lap();
        var idleBytes = (boards.Bytes - bytes) / (double)plan.Devices * (86_400.0 / plan.PollSeconds);

        var changes = (int)Math.Round(plan.People * plan.Churn);
        (bytes, requests) = (boards.Bytes, boards.Requests);
        var busy = 0.0;
        for (var round = 0; round < plan.Rounds; round++)
        {
            await progress.WriteLineAsync($"part {round + 1} of {plan.Rounds} of a day's {changes} changes");
            await ChangeAsync(plan, store, random, changes * (round + 1) / plan.Rounds - changes * round / plan.Rounds, cancellation);
            Lap();
            await boards.AllAskAsync(acknowledge: true, cancellation);
            busy += Lap();
        }

        var (changeRate, changeBytes) = ((boards.Requests - requests) / busy, (boards.Bytes - bytes) / (double)plan.Devices);
        await progress.WriteLineAsync("a new person");
        await ChangeAsync(plan, store, random, 1, cancellation);
        var there = await boards.AllAskAsync(acknowledge: true, cancellation);
        using var process = Process.GetCurrentProcess();
        return new SimulationReport(
            plan, seedSeconds, snapshotSeconds, snapshotBytes, manifest.Pages.Count, fullSeconds, changes, changeRate, idleRate, changeBytes, idleBytes,
            At(there, 0.5), At(there, 0.99), boards.Requests, boards.Failed, process.PeakWorkingSet64);
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private static async Task SeedPeopleAsync(SimulationPlan plan, GalleryStore store, Random random, CancellationToken cancellation)
    {
        for (var first = 0; first < plan.People; first += SeedBatch)
        {
            var count = Math.Min(SeedBatch, plan.People - first);
            await store.SeedAsync([.. Enumerable.Range(first, count).Select(n => (Draft($"Simulated {n:x8}"), Face(plan, random)))], cancellation);
        }
    }

    private static async Task<List<string>> SeedDevicesAsync(SimulationPlan plan, GalleryStore store, TimeProvider time, CancellationToken cancellation)
    {
        var keys = Enumerable.Range(0, plan.Devices).Select(n => ApiKey.Create(Role.Device, $"simulated-{n}", "", time)).ToList();
        foreach (var batch in keys.Chunk(SeedBatch))
            await store.SeedAsync([.. batch.Select(key => key.Record)], StoreSchema.DefaultGroup, cancellation);
        return keys.ConvertAll(key => key.Text);
    }

    /// <summary>New people: what the most is sent for.</summary>
    private static async Task ChangeAsync(SimulationPlan plan, GalleryStore store, Random random, int count, CancellationToken cancellation)
    {
        foreach (var batch in Enumerable.Range(0, count).Chunk(SeedBatch))
            await store.SeedAsync([.. batch.Select(_ => (Draft($"Changed {random.NextInt64():x16}"), Face(plan, random)))], cancellation);
    }

    private static PersonDraft Draft(string name) => new(name, [StoreSchema.DefaultGroup], null, null, null);

    private static TemplateDraft Face(SimulationPlan plan, Random random)
    {
        var vector = new float[plan.Dimension];
        double sum = 0;
        for (var i = 0; i < vector.Length; i++)
        {
            // As embeddings are: many small values, few large ones.
            vector[i] = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
            sum += (double)vector[i] * vector[i];
        }

        for (var i = 0; i < vector.Length; i++)
            vector[i] = (float)(vector[i] / Math.Sqrt(sum));
        return new TemplateDraft(Model, vector, 0.9f, null);
    }
}
