using EdgeFace.Core;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Hosting;

/// <summary>Erases people whose time has come, as if somebody had asked for it, and forgets tombstones that are old enough.</summary>
internal sealed class Expiry(IGalleryStore store, Scrubber scrubber, ServerOptions options, TimeProvider time, ILogger<Expiry> logger) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (InputException error)
            {
                Log.StoreFailed(logger, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Several instances may do this at once: whoever comes second finds nobody.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        while (await store.ExpiredPeopleAsync(now, Batch, cancellation) is { Count: > 0 } expired)
        {
            foreach (var person in expired)
            {
                if (await store.ErasePersonAsync(person, null, Actor.Expiry, cancellation) is not null)
                    Log.PersonExpired(logger, person);
            }

            scrubber.Wake();
        }

        if (await store.PurgeTombstonesAsync(now.AddDays(-options.Store.TombstoneDays), cancellation) is > 0 and var purged)
            Log.TombstonesPurged(logger, purged, options.Store.TombstoneDays);
    }
}
