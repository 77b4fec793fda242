using EdgeFace.Gallery.Sync;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>A board that follows a server whose history is known from a seed, in a process that can be killed at any moment.</summary>
internal static class KilledBoard
{
    private const int People = 60;
    private const int PageSize = 7;

    /// <summary>The server after some steps of its history.</summary>
    public static Origin After(int seed, int steps)
    {
        var origin = new Origin();
        for (var step = 0; step < steps; step++)
            Step(origin, seed, step);
        return origin;
    }

    /// <summary>Follows every step from where the board is; says each one that is done.</summary>
    public static async Task<int> FollowAsync(string folder, int seed, int steps)
    {
        using var store = GalleryStore.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<GalleryStore>.Instance);
        var cursor = store.Sync.State()?.Cursor ?? -1;
        var (origin, step) = (new Origin(), 0);
        while (origin.Revision < cursor || step == 0)
            Step(origin, seed, step++);
        using var handler = new OriginHandler(origin) { PageSize = PageSize };
        await using var service = new SyncService(
            store, origin.Model, SyncFixture.Options(folder, origin.Group), _ => Task.CompletedTask, TimeProvider.System, NullLogger.Instance, handler, TimeSpan.Zero);
        for (; ; step++)
        {
            if ((await service.SyncNowAsync(CancellationToken.None)).Status.Error is { } error)
            {
                Console.WriteLine(error);
                return 1;
            }

            Console.WriteLine(step);
            if (step >= steps)
                return 0;
            Step(origin, seed, step);
        }
    }

    private static void Step(Origin origin, int seed, int step)
    {
        var random = new Random(seed + step);
        for (var change = step == 0 ? People : random.Next(1, 25); change > 0; change--)
        {
            var n = random.Next(People);
            if (random.Next(4) == 0)
                origin.Erase(n);
            else
                origin.Put(n, step, templates: random.Next(1, 4));
        }

        // Now and then the cursor is too old, and everything is fetched.
        if (step % 9 == 8)
            origin.Oldest = origin.Revision;
    }
}
