using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>Asks the gallery server as the agent would, and changes nothing.</summary>
internal static class GalleryServerCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static IEnumerable<CheckResult> Run(AgentOptions options, TimeProvider time)
    {
        if (options.Gallery.Server.Address is null)
            return [];
        try
        {
            return [AskAsync(options, time).GetAwaiter().GetResult()];
        }
        catch (Exception exception) when (exception is InputException or OperationCanceledException)
        {
            var reason = exception is InputException ? exception.Message : $"{options.Gallery.Server.Address} does not answer within {Patience.TotalSeconds:0} s";
            return [CheckResult.Failed("gallery-server", reason, "check gallery.server in the configuration, the key, and the device on the server")];
        }
    }

    private static async Task<CheckResult> AskAsync(AgentOptions options, TimeProvider time)
    {
        using var store = GalleryAccess.Open(options, time, NullLoggerFactory.Instance);
        var model = GallerySync.ModelOf(options);
        await using var sync = GallerySync.Open(options, store, model, erase: null, time, NullLoggerFactory.Instance)!;
        using var limit = new CancellationTokenSource(Patience, time);
        var server = await sync!.ProbeAsync(limit.Token);
        var status = sync.Status;
        var detail = $"{options.Gallery.Server.Address} accepts the key; group {options.Gallery.Server.Group}, server's revision {server?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not known"}, this board's {status.Revision?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none yet"}";
        if (!store.Sync.IsWhole())
            return CheckResult.Failed("gallery-server", $"{detail}, but the people here are not those of that revision", "run 'edgeface gallery sync --forget', then 'edgeface gallery sync --once'");
        return status.AwaitingTemplates > 0
            ? CheckResult.Warning("gallery-server", $"{detail}; {status.AwaitingTemplates} people have templates of another model than {model.Id}", "embed them again on the server with this board's embedder, or set models.embedder to the server's")
            : CheckResult.Ok("gallery-server", detail);
    }
}
