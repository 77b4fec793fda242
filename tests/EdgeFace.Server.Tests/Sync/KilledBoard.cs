using System.Diagnostics;
using EdgeFace.Gallery.Sync;
using Microsoft.Extensions.Logging.Abstractions;
using BoardGallery = EdgeFace.Gallery.GalleryStore;

namespace EdgeFace.Server.Tests.Sync;

/// <summary>A board that follows the server from a process of its own.</summary>
internal static class KilledBoard
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Says a line when it begins; then asks again and again, or once until it succeeds.</summary>
    public static async Task<int> FollowAsync(string folder, Uri address, bool once)
    {
        using var store = Open(folder);
        await using var service = new SyncService(
            store, SyncServer.BoardModel, SyncBoard.Options(folder, SyncServer.Group, address), _ => Task.CompletedTask, TimeProvider.System, NullLogger<SyncService>.Instance);
        Console.WriteLine("begins");
        while (true)
        {
            if ((await service.SyncNowAsync(CancellationToken.None)).Status.Error is { } error)
            {
                Console.WriteLine(error);
                return 1;
            }

            if (once)
                return 0;
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public static Process Start(string folder, Uri address, bool once) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(KilledBoard).Assembly.Location, "board", folder, address.ToString(), once.ToString()]) { RedirectStandardOutput = true })!;

    /// <summary>Checks that what is there is what the board's own digest says that is there.</summary>
    /// <returns>Its cursor, and the people it holds; null when it holds nothing yet.</returns>
    public static (long Cursor, int People)? AssertWhole(string folder, string when)
    {
        using var store = Open(folder);
        if (store.Sync.State() is not { } state)
        {
            Assert.Empty(store.List());
            return null;
        }

        Assert.True(store.Sync.IsWhole(), when);
        Assert.Equal(store.Sync.Counts().People, store.List().Count);
        return (state.Cursor, store.Sync.Counts().People);
    }

    private static BoardGallery Open(string folder) => BoardGallery.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<BoardGallery>.Instance);
}
