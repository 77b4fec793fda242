using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery key create|rotate|status</c>.</summary>
internal static class GalleryKeyCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
        => new("key", "The key that names and templates are encrypted with.") { CreateKey(context, common), Rotate(context, common), Status(context, common) };

    private static Command CreateKey(CommandContext context, CommonOptions common)
    {
        var command = new Command("create", "Make the key file where gallery.key_file says (or in the data folder), readable by you alone.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            DataFolders.Create(options.DataFolder);
            var ring = KeyRing.Create(GalleryAccess.KeyFile(options), context.Time);
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { KeyFile = ring.Path, KeyId = KeyInfo.Format(ring.ActiveKeyId) });
            else
                context.Console.MarkupLineInterpolated($"{ring.Path}: key {KeyInfo.Format(ring.ActiveKeyId)}. Without this file the gallery cannot be read: keep a copy where the gallery's backups are not.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Rotate(CommandContext context, CommonOptions common)
    {
        var command = new Command("rotate", "Encrypt everything with a new key and forget the old one. Can be interrupted and run again; the agent may be running.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var rotation = store.RotateKey();
            var (from, to) = (KeyInfo.Format(rotation.From), KeyInfo.Format(rotation.To));
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { From = from, To = to, rotation.Rows, rotation.KeysRemoved, store.ScrubPending });
            else if (from == to)
                context.Console.MarkupLineInterpolated($"An interrupted rotation to key {to} is finished: {rotation.Rows} rows sealed anew. Copies of the key file need replacing.");
            else
                context.Console.MarkupLineInterpolated($"Key {from} is replaced by {to}: {rotation.Rows} rows sealed anew. Copies of the key file need replacing.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Status(CommandContext context, CommonOptions common)
    {
        var command = new Command("status", "Which key is in use, where it lies, and whether a rotation is unfinished.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var status = store.KeyStatus();
            if (parsed.GetValue(common.Json))
                context.WriteJson(Document(options, status));
            else
                Print(context, options, status);
            return ExitCode.Ok;
        });
        return command;
    }

    private static object Document(AgentOptions options, GalleryKeyStatus status) => new
    {
        KeyId = KeyInfo.Format(status.KeyId),
        status.KeyFile,
        BesideGallery = GalleryAccess.IsBesideGallery(options),
        status.RotationPending,
        Keys = status.Keys.Select(key => new { Id = key.Name, key.CreatedAt, People = Use(status, key)?.People ?? 0, Templates = Use(status, key)?.Templates ?? 0 }),
    };

    private static void Print(CommandContext context, AgentOptions options, GalleryKeyStatus status)
    {
        var table = new Table().AddColumns("Key", "Made", "Names", "Templates", "");
        foreach (var key in status.Keys)
        {
            table.AddRow(
                key.Name, key.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                (Use(status, key)?.People ?? 0).ToString(CultureInfo.InvariantCulture),
                (Use(status, key)?.Templates ?? 0).ToString(CultureInfo.InvariantCulture), key.Id == status.KeyId ? "in use" : "");
        }

        context.Console.Write(table);
        context.Console.MarkupLineInterpolated($"{status.KeyFile}");
        if (status.RotationPending)
            context.Console.MarkupLineInterpolated($"A rotation is unfinished: run 'edgeface gallery key rotate' again.");
        if (GalleryAccess.IsBesideGallery(options))
            context.Console.MarkupLineInterpolated($"The key lies beside the gallery: whoever copies the whole disk has both. See the README on where else to keep it.");
    }

    private static KeyUse? Use(GalleryKeyStatus status, KeyInfo key) => status.Uses.FirstOrDefault(use => use.KeyId == key.Id);
}
