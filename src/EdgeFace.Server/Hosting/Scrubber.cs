using System.Threading.Channels;
using EdgeFace.Core;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Hosting;

/// <summary>Rids the store's files of what was deleted, soon after; what was deleted meanwhile waits for the next round.</summary>
internal sealed class Scrubber(IGalleryStore store, TimeProvider time, ILogger<Scrubber> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Says that something was deleted.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _wake.Reader.WaitToReadAsync(stoppingToken))
        {
            _wake.Reader.TryRead(out _);
            var begun = time.GetTimestamp();
            if (await TryAsync(stoppingToken))
            {
                await Task.Delay(Rest(time.GetElapsedTime(begun)), time, stoppingToken);
                continue;
            }

            await Task.Delay(Again, time, stoppingToken);
            Wake();
        }
    }

    /// <summary>A large store is written anew as a whole: not more than a twentieth of the time.</summary>
    private static TimeSpan Rest(TimeSpan work) => work * 19 < LongestRest ? work * 19 : LongestRest;

    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        try
        {
            if (await store.ScrubAsync(cancellation))
                return true;
            Log.ScrubPending(logger);
        }
        catch (InputException error)
        {
            Log.StoreFailed(logger, error.Message);
        }

        return false;
    }
}
