using System.CommandLine;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery sync</c>.</summary>
internal static class GallerySyncCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var once = new Option<bool>("--once") { Description = "Bring the gallery to the server's present now; the running agent does so by itself." };
        var forget = new Option<bool>("--forget") { Description = "Remove everybody who came from the server; those enrolled here stay." };
        var command = new Command("sync", "Fetch people from the gallery server (gallery.server).") { once, forget };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once) == result.GetValue(forget))
                result.AddError("Give --once or --forget.");
        });
        common.AddTo(command);
        command.SetAction((parsed, cancellation) => parsed.GetValue(forget) ? Task.FromResult(Forget(context, common, parsed)) : OnceAsync(context, common, parsed, cancellation));
        return command;
    }

    private static async Task<int> OnceAsync(CommandContext context, CommonOptions common, ParseResult parsed, CancellationToken cancellation)
    {
        var options = common.Load(parsed);
        using var loggers = context.MakeLoggers(common.LevelOf(parsed));
        using var store = GalleryAccess.Open(options, context.Time, loggers);
        // Outbox and pictures are the running agent's: it erases what is to be erased there.
        await using var sync = GallerySync.Open(options, store, GallerySync.ModelOf(options), erase: null, context.Time, loggers)
            ?? throw new InputException("No gallery server is configured: set gallery.server.address.");
        var outcome = await sync.SyncNowAsync(cancellation);
        var status = outcome.Status;
        if (parsed.GetValue(common.Json))
        {
            context.WriteJson(new
            {
                status.Revision, status.ServerRevision, status.People, status.AwaitingTemplates, outcome.Upserted, outcome.Removed, outcome.Bytes,
                Full = outcome.WasFull, status.Error,
            });
        }
        else if (status.Error is null)
        {
            context.Console.MarkupLineInterpolated($"Revision {status.Revision}, {status.People} people of the server: {outcome.Upserted} new or changed, {outcome.Removed} removed.");
        }

        if (status.Error is null)
            return ExitCode.Ok;
        await context.Error.WriteLineAsync($"edgeface: the gallery is not synchronised: {status.Error}");
        return ExitCode.Failed;
    }

    private static int Forget(CommandContext context, CommonOptions common, ParseResult parsed)
    {
        var options = common.Load(parsed);
        using var loggers = context.MakeLoggers(common.LevelOf(parsed));
        using var store = GalleryAccess.Open(options, context.Time, loggers);
        var removed = store.Sync.Forget().Removed;
        if (parsed.GetValue(common.Json))
            context.WriteJson(new { Removed = removed, store.Revision });
        else
            context.Console.MarkupLineInterpolated($"{removed} people of the server are removed.");
        return ExitCode.Ok;
    }
}
