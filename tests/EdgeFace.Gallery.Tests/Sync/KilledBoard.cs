using EdgeFace.Gallery.Sync;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>A board that follows a server whose history is known from a seed, in a process that can be killed at any moment.</summary>
internal static class KilledBoard
{
    private const int PageSize = 7;

    /// <summary>Follows every step from where the board is; says each one that is done.</summary>
    public static async Task<int> FollowAsync(string folder, int seed, int steps)
    {
        using var store = GalleryStore.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<GalleryStore>.Instance);
        var past = new ServerPast(seed);
        past.Reach(store.Sync.State()?.Cursor ?? 0);
        var origin = past.Origin;
        using var handler = new OriginHandler(origin) { PageSize = PageSize };
        await using var service = new SyncService(
            store, origin.Model, SyncFixture.Options(folder, origin.Group), _ => Task.CompletedTask, TimeProvider.System, NullLogger.Instance, handler, TimeSpan.Zero);
        while (true)
        {
            if ((await service.SyncNowAsync(CancellationToken.None)).Status.Error is { } error)
            {
                Console.WriteLine(error);
                return 1;
            }

            Console.WriteLine(past.Steps);
            if (past.Steps >= steps)
                return 0;
            past.Step();
        }
    }
}

/// <summary>A server's history that follows from a seed, walked once: boards only move on.</summary>
internal sealed class ServerPast(int seed)
{
    private const int People = 60;

    public Origin Origin { get; } = new();

    public int Steps { get; private set; }

    /// <summary>Goes on to the first end of a step that is not below a revision.</summary>
    public void Reach(long revision)
    {
        while (Steps == 0 || Origin.Revision < revision)
            Step();
    }

    public void Step()
    {
        var random = new Random(seed + Steps);
        for (var change = Steps == 0 ? People : random.Next(1, 25); change > 0; change--)
        {
            var n = random.Next(People);
            if (random.Next(4) == 0)
                Origin.Erase(n);
            else
                Origin.Put(n, Steps, templates: random.Next(1, 4));
        }

        // Now and then the cursor is too old, and everything is fetched.
        if (Steps % 9 == 8)
            Origin.Oldest = Origin.Revision;
        Steps++;
    }
}
