using EdgeFace.Core;
using EdgeFace.Gallery.Sync;
using EdgeFace.Messaging;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Sync;

/// <summary>
/// Tells groups of their revision, as a retained message that says only that it is worth asking. Several moves in a short time are
/// one message. Also lets go of snapshots that somebody has left.
/// </summary>
internal sealed class Nudger(IGalleryStore store, SyncDesk desk, ServerOptions options, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    /// <summary>Moves within this time are one message.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>Before a store that cannot be read is read again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = loggers.CreateLogger<Nudger>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var session = Open();
        session?.Start();
        var moves = store.WatchAsync(stoppingToken).GetAsyncEnumerator(stoppingToken);
        try
        {
            // Asked for before the groups are read: what moves in between is not missed.
            var next = moves.MoveNextAsync();
            await TellAllAsync(session, stoppingToken);
            while (await next)
            {
                Tell(session, moves.Current.Group, moves.Current.Revision);
                await DropOutdatedAsync(moves.Current.Group, stoppingToken);
                await Task.Delay(Gather, time, stoppingToken);
                next = moves.MoveNextAsync();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or StoreRefusalException && stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
        finally
        {
            await moves.DisposeAsync();
        }
    }

    private async Task TellAllAsync(MqttSession? session, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                foreach (var group in await store.ListGroupsAsync(cancellation))
                    Tell(session, group.Name, group.Revision);
                return;
            }
            catch (InputException error)
            {
                Log.StoreFailed(_logger, error.Message);
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    private async Task DropOutdatedAsync(string group, CancellationToken cancellation)
    {
        try
        {
            await desk.DropOutdatedAsync(group, cancellation);
        }
        catch (InputException error)
        {
            // Whoever asks for the snapshot has it looked at again.
            Log.StoreFailed(_logger, error.Message);
        }
    }

    private MqttSession? Open()
    {
        if (!options.Nudge.Enabled)
            return null;
        var nudge = options.Nudge;
        return new MqttSession(new MqttOptions
        {
            Host = nudge.Host,
            Port = nudge.Port ?? (nudge.Tls ? 8883 : 1883),
            ClientId = nudge.ClientId ?? $"edgeface-server-{Environment.MachineName.ToLowerInvariant()}",
            UsernameFile = nudge.UsernameFile,
            PasswordFile = nudge.PasswordFile,
            Tls = new MqttTlsOptions { Enabled = nudge.Tls, CaFile = nudge.CaFile, CertFile = nudge.CertificateFile, KeyFile = nudge.KeyFile },
        }, outbox: null, time, loggers.CreateLogger<MqttSession>());
    }

    private void Tell(MqttSession? session, string group, long revision)
    {
        if (session is null)
            return;
        if (Topics.IsValidLevel(group, out var reason))
            session.SetRetained(RevisionNote.Topic(group), new RevisionNote(revision, options.Nudge.SpreadMs).Write());
        else
            SyncLog.NoTopic(_logger, group, reason);
    }
}
