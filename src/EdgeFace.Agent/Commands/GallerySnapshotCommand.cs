using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery snapshot write|verify|info</c>.</summary>
internal static class GallerySnapshotCommand
{
    public static Command Create(CommandContext context, CommonOptions common) => new("snapshot", "The file from which a large gallery starts.")
    {
        Write(context, common),
        Make(context, common, "verify", "Read the whole file and check that nothing in it was changed or damaged.", store => store.VerifySnapshot()),
        Make(context, common, "info", "What the file says of itself.", store => store.ReadSnapshotInfo()),
    };

    private static Command Write(CommandContext context, CommonOptions common)
    {
        var command = new Command("write", "Write the file now; 'edgeface run' does so by itself after reading a large gallery.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            using var models = AgentRuntime.LoadModels(options, loggers);
            var search = new LiveSearch(store, models.Embedder.ModelId);
            if (!search.IsSnapshotDue || search.WriteSnapshot())
                return Print(context, parsed.GetValue(common.Json), store.ReadSnapshotInfo());
            context.Error.WriteLine("edgeface: somebody was removed meanwhile: run the command again.");
            return ExitCode.Failed;
        });
        return command;
    }

    private static Command Make(CommandContext context, CommonOptions common, string name, string description, Func<GalleryStore, SnapshotInfo?> look)
    {
        var command = new Command(name, description);
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            return Print(context, parsed.GetValue(common.Json), look(store));
        });
        return command;
    }

    private static int Print(CommandContext context, bool json, SnapshotInfo? info)
    {
        if (json)
        {
            context.WriteJson(new { Snapshot = info is null ? null : Document(info) });
            return ExitCode.Ok;
        }

        if (info is null)
        {
            context.Console.MarkupLineInterpolated($"There is no snapshot. Galleries of fewer than 20000 templates need none.");
            return ExitCode.Ok;
        }

        var table = new Table().AddColumns("Snapshot", "");
        table.AddRow("file", Markup.Escape(info.Path));
        table.AddRow("bytes", info.Bytes.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("revision", string.Create(CultureInfo.InvariantCulture, $"{info.Revision}{(info.IsCurrent ? "" : ", of another state of the gallery: it will not be used")}"));
        table.AddRow("templates", string.Create(CultureInfo.InvariantCulture, $"{info.Templates} of {info.People} people, {info.Dimension} values each"));
        table.AddRow("model", Markup.Escape(info.ModelId));
        table.AddRow("key", KeyInfo.Format(info.KeyId));
        context.Console.Write(table);
        return ExitCode.Ok;
    }

    private static object Document(SnapshotInfo info) => new
    {
        info.Path,
        info.Bytes,
        info.Revision,
        info.IsCurrent,
        info.Templates,
        info.People,
        info.Dimension,
        info.ModelId,
        KeyId = KeyInfo.Format(info.KeyId),
    };
}
