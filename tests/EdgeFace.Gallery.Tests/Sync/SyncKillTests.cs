using System.Diagnostics;
using System.Globalization;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Gallery.Tests.Sync;

public sealed class SyncKillTests(ITestOutputHelper output)
{
    /// <summary>More than it comes to before it is killed.</summary>
    private const int Steps = 1_000_000;

    /// <summary>tests/run.sh --full sync: 200.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("EDGEFACE_SYNC_KILLS") ?? "4", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_board_killed_at_random_moments_holds_nothing_halfway()
    {
        var seed = Environment.GetEnvironmentVariable("EDGEFACE_SYNC_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"EDGEFACE_SYNC_SEED={seed}: {Kills} kills");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("key"), SyncFixture.Key + "\n");
        var past = new ServerPast(seed);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var child = Start(folder.Path, seed, Steps);
            // From the first step on, so that it is killed at its work and not while it starts.
            Assert.NotNull(await child.StandardOutput.ReadLineAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 300)), TimeProvider.System);
            child.Kill();
            await child.WaitForExitAsync();
            AssertWhole(folder.Path, past, $"seed {seed}, kill {kill}");
        }

        // Left alone, it comes to the server's state.
        var steps = past.Steps + 3;
        using var last = Start(folder.Path, seed, steps);
        await last.StandardOutput.ReadToEndAsync();
        await last.WaitForExitAsync();
        Assert.Equal(0, last.ExitCode);
        while (past.Steps < steps)
            past.Step();
        using var store = Open(folder.Path);
        Assert.Equal((past.Origin.Revision, past.Origin.State()), (store.Sync.State()!.Cursor, Convert.ToHexStringLower(store.Sync.State()!.Digest())));
        SyncFixture.AssertHolds(store, past.Origin);
        output.WriteLine($"{steps} steps, revision {past.Origin.Revision}");
    }

    /// <summary>What is there is what the digest says that is there, and if the cursor is at a step's end, exactly the server's.</summary>
    private static void AssertWhole(string folder, ServerPast past, string when)
    {
        using var store = Open(folder);
        if (store.Sync.State() is not { } state)
            return;
        Assert.True(store.Sync.IsWhole(), when);
        Assert.Equal(store.Sync.Counts().People, store.List().Count);
        past.Reach(state.Cursor);
        if (past.Origin.Revision == state.Cursor)
            SyncFixture.AssertHolds(store, past.Origin);
    }

    private static GalleryStore Open(string folder) => GalleryStore.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<GalleryStore>.Instance);

    private static Process Start(string folder, int seed, int steps) => Process.Start(new ProcessStartInfo("dotnet")
    {
        RedirectStandardOutput = true,
        ArgumentList =
        {
            typeof(SyncKillTests).Assembly.Location, "follow", folder, seed.ToString(CultureInfo.InvariantCulture), steps.ToString(CultureInfo.InvariantCulture),
        },
    })!;
}
