using System.Globalization;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit.Mqtt;
using Xunit.Abstractions;

namespace EdgeFace.Server.Tests.Sync;

/// <summary>Boards and the real server, with what happens between them and to them.</summary>
public sealed class SyncFaultTests(ITestOutputHelper output)
{
    // The long form: tests/run.sh --full sync.
    private static readonly int Cuts = Number("EDGEFACE_SYNC_CUTS", 60);
    private static readonly int People = Number("EDGEFACE_SYNC_PEOPLE", 1500);
    private static readonly int Kills = Number("EDGEFACE_SYNC_KILLS", 4);

    [Fact]
    public async Task TCP_connections_cut_at_random_bytes_lose_nothing()
    {
        var random = Seeded($"{Cuts} cuts");
        await using var server = await SyncServer.StartAsync();
        await server.SeedAsync(0, 15 * Cuts);
        using var proxy = new FaultProxy(server.Address.Port);
        var address = new Uri($"http://{proxy.Host}:{proxy.Port}");
        await using var board = await server.BoardAsync("board1", address: address, firstPause: TimeSpan.Zero);

        // Half of them while it fetches everything: 15 people a cut are some 4 kB.
        proxy.Faults.Truncate([.. Enumerable.Range(0, Cuts / 2).Select(_ => random.NextInt64(16_000))]);
        Assert.True(await UntilCurrentAsync(board));
        await server.AssertHeldByAsync(board);

        proxy.Faults.Truncate([.. Enumerable.Range(0, Cuts / 2).Select(_ => random.NextInt64(8_000))]);
        for (var round = 0; proxy.Faults.Truncations > 0; round++)
        {
            Assert.True(round < 10 * Cuts, "the cuts do not come about");
            await server.SeedAsync(10_000 + 20 * round, 20);
            await UntilCurrentAsync(board);
        }

        await server.AssertHeldByAsync(board);
        var resumed = board.Logs.Lines.Sum(line => line.Message.Contains("went on where it had broken off", StringComparison.Ordinal)
            ? int.Parse(line.Message.Split(' ')[^2], CultureInfo.InvariantCulture) : 0);
        output.WriteLine($"{resumed} times a download went on where it had stopped");
        Assert.True(resumed > Cuts / 4, $"{resumed} of {Cuts} cuts went on where they stopped");
    }

    [Fact]
    public async Task A_board_killed_at_random_moments_holds_nothing_halfway()
    {
        var random = Seeded($"{People} people, {Kills} kills");
        await using var server = await SyncServer.StartAsync();
        for (var first = 0; first < People; first += 1000)
            await server.SeedAsync(first, Math.Min(1000, People - first));
        var folder = await server.FolderAsync("board1");
        var (limit, atWork, empty, next) = (TimeSpan.FromMilliseconds(300), 0, 0, 1_000_000);
        (long Cursor, int People)? before = null;
        for (var kill = 0; kill < Kills; kill++)
        {
            if (before is not null)
                next = await ChurnAsync(server, random, next);
            else if (kill == Math.Max(1, Kills / 4))
                await FinishAsync(server, folder);
            using (var child = KilledBoard.Start(folder, server.Address, once: false))
            {
                Assert.Equal("begins", await child.StandardOutput.ReadLineAsync());
                await Task.Delay(limit * random.NextDouble(), TimeProvider.System);
                child.Kill();
                await child.WaitForExitAsync();
            }

            var held = KilledBoard.AssertWhole(folder, $"kill {kill}");
            Assert.True(before is null || held!.Value.Cursor >= before.Value.Cursor, $"kill {kill} set the board back");
            empty += held is null ? 1 : 0;
            atWork += held?.Cursor < await server.Store.CurrentRevisionAsync(SyncServer.Group, CancellationToken.None) ? 1 : 0;
            // As long as it has not come to hold anything, it gets more time.
            limit = held is null ? limit * 1.15 : TimeSpan.FromMilliseconds(People < 10_000 ? 300 : 1500);
            before = held;
        }

        output.WriteLine($"killed {empty} times before it held anything, {atWork} times in the midst of changes, {Kills - empty - atWork} times after them");
        await FinishAsync(server, folder);
        await using var board = new SyncBoard(folder, SyncServer.Group, server.Address, erase: null, firstPause: null);
        var idle = await board.SyncAsync();
        Assert.Equal((null, 0, 0), (idle.Status.Error, idle.Upserted, idle.Removed));
        await server.AssertHeldByAsync(board);
    }

    /// <summary>Lets it come to the server's present.</summary>
    private static async Task FinishAsync(SyncServer server, string folder)
    {
        using var child = KilledBoard.Start(folder, server.Address, once: true);
        var said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.True(child.ExitCode == 0, said);
    }

    private Random Seeded(string what)
    {
        var seed = Number("EDGEFACE_SYNC_SEED", Random.Shared.Next());
        output.WriteLine($"EDGEFACE_SYNC_SEED={seed}: {what}");
        return new Random(seed);
    }

    /// <summary>Some come, some are erased, some get other names.</summary>
    private static async Task<int> ChurnAsync(SyncServer server, Random random, int next)
    {
        var count = Math.Max(1, People / 500);
        await server.SeedAsync(next, count);
        var some = (await server.Store.ListPeopleAsync(SyncServer.Group, Guid.Empty, 200, CancellationToken.None)).People;
        foreach (var person in some.OrderBy(_ => random.Next()).Take(6))
        {
            if (random.Next(2) == 0)
                await server.Store.ErasePersonAsync(person.Id, null, Actor.CommandLine, CancellationToken.None);
            else
                await server.Store.UpdatePersonAsync(person.Id, person.Draft with { Name = $"{person.Draft.Name} II" }, null, Actor.CommandLine, CancellationToken.None);
        }

        return next + count;
    }

    /// <summary>As the loop does: again until it succeeds.</summary>
    /// <returns>Whether everything was fetched.</returns>
    private static async Task<bool> UntilCurrentAsync(SyncBoard board)
    {
        var full = false;
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var outcome = await board.SyncAsync();
            full |= outcome.WasFull;
            if (outcome.Status.Error is null)
                return full;
        }

        throw new TimeoutException("It never succeeded.");
    }

    private static int Number(string variable, int otherwise)
        => Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
