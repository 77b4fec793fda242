using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Publishing;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Gallery;
using EdgeFace.Gallery.Sync;
using EdgeFace.Inference;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Hosting;

/// <summary>The gallery server of the configuration, and what erasing a person means on this board.</summary>
internal static class GallerySync
{
    /// <summary>Name of the key file when systemd hands it over.</summary>
    public const string Credential = "gallery-server-key";

    private static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(60);

    /// <summary>Null when no server is configured.</summary>
    /// <param name="erase">Null: another process erases.</param>
    /// <exception cref="InputException">A setting or a file cannot be used.</exception>
    public static SyncService? Open(
        AgentOptions options, GalleryStore store, SyncModel model, Func<IReadOnlyList<Guid>, Task>? erase, TimeProvider time, ILoggerFactory loggers)
    {
        var server = options.Gallery.Server;
        if (server.Address is null)
            return null;
        return new SyncService(store, model, new SyncOptions
        {
            Address = new Uri(server.Address),
            KeyFile = KeyFile(server),
            Group = server.Group,
            PollSeconds = server.PollSeconds,
            CaFile = server.CaFile,
            CertificateFile = server.CertificateFile,
            CertificateKeyFile = server.CertificateKeyFile,
            SpoolFolder = DataFolders.GalleryPages(options),
        }, erase, time, loggers.CreateLogger<SyncService>());
    }

    /// <summary>Synchronises now, for whoever asked.</summary>
    /// <exception cref="RequestException">It failed.</exception>
    public static JsonNode Answer(SyncService sync)
    {
        using var limit = new CancellationTokenSource(RequestPatience);
        SyncOutcome outcome;
        try
        {
            outcome = sync.SyncNowAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new RequestException(504, $"the gallery is not synchronised after {RequestPatience.TotalSeconds:0} s; the device goes on");
        }

        return outcome.Status.Error is { } error
            ? throw new RequestException(503, error)
            : new JsonObject { ["revision"] = outcome.Status.Revision, ["people"] = outcome.Status.People, ["upserted"] = outcome.Upserted, ["removed"] = outcome.Removed };
    }

    public static SyncModel ModelOf(ModelPackage embedder) => new(embedder.Id, embedder.Manifest.Sha256, embedder.Manifest.Outputs[0].Shape[^1]);

    /// <summary>The embedder of the configuration, without a session.</summary>
    /// <exception cref="InputException">It is not there or damaged.</exception>
    public static SyncModel ModelOf(AgentOptions options) => ModelOf(ModelPackage.Load(Path.Combine(options.Models.Folder, options.Models.Embedder)));

    /// <summary>Takes people out of what waits for the broker, and removes their pictures and recordings.</summary>
    /// <exception cref="IOException">Something of them is left; it is to be tried again.</exception>
    public static async Task EraseAsync(AgentOptions options, Outbox? outbox, IReadOnlyList<Guid> people)
    {
        var set = people.ToHashSet();
        try
        {
            foreach (var person in people)
                await (outbox?.RewriteAsync(Encoding.ASCII.GetBytes(person.ToString()), payload => VisitErasure.Rewrite(payload, set)) ?? Task.FromResult(0));
            foreach (var mark in outbox is null ? [] : VisitErasure.FrigateMarks)
                await outbox!.RewriteAsync(Encoding.UTF8.GetBytes(mark), VisitErasure.RewriteFrigate);
        }
        catch (OutboxException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        // Sealed, and still theirs: the next one is written without them.
        File.Delete(SnapshotStore.PathOf(DataFolders.Gallery(options)));
        PictureFolder.Erase(DataFolders.Snapshots(options), people);
        PictureFolder.Erase(DataFolders.Recordings(options), people);
    }

    private static string KeyFile(GalleryServerOptions server)
    {
        if (server.KeyFile is { } file)
            return file;
        if (Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder && File.Exists(Path.Combine(folder, Credential)))
            return Path.Combine(folder, Credential);
        throw new InputException($"gallery.server.address is set and gallery.server.key_file is not: name the file with the device's key, or hand it over as systemd's credential {Credential}.");
    }
}
