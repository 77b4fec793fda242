using System.Threading.Channels;
using EdgeFace.Core;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Hosting;

/// <summary>Rids the store's files of what was deleted, soon after; what was deleted meanwhile waits for the next round.</summary>
internal sealed class Scrubber(IGalleryStore store, TimeProvider time, ILogger<Scrubber> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Says that something was deleted.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _wake.Reader.WaitToReadAsync(stoppingToken))
        {
            _wake.Reader.TryRead(out _);
            if (await TryAsync(stoppingToken))
                continue;
            await Task.Delay(Again, time, stoppingToken);
            Wake();
        }
    }

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
