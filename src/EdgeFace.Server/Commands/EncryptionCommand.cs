using System.CommandLine;
using EdgeFace.Core;
using EdgeFace.Core.Security;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server encryption</c>: the key file under which the store is sealed.</summary>
internal static class EncryptionCommand
{
    public static Command Create(CommandContext context) => new("encryption", "The key file under which names, templates and photos are kept.")
    {
        CreateCreate(context), CreateRotate(context),
    };

    private static Command CreateCreate(CommandContext context)
    {
        var command = new Command("create", "Make the configuration's store.key_file. What is in the store already is sealed with the next start.") { context.Config, context.Data };
        command.SetAction(parsed =>
        {
            var ring = KeyRing.Create(FileOf(context, parsed), context.Time);
            context.Out.WriteLine($"{ring.Path} is made. Keep a copy apart from the store's backups: without it they cannot be read.");
            return CommandLine.Ok;
        });
        return command;
    }

    private static Command CreateRotate(CommandContext context)
    {
        var command = new Command("rotate", "Stop the server first: adds a new key, seals everything anew, and removes the old keys.") { context.Config, context.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var ring = KeyRing.Open(FileOf(context, parsed), "edgeface-server encryption create");
            var newest = ring.Add(context.Time);
            // Opening seals anew whatever is not sealed with the newest key.
            await context.WithStoreAsync(parsed, store => store.StateAsync(cancellation), cancellation);
            var removed = ring.RemoveOlderThan(newest);
            context.Out.WriteLine($"The store is sealed with key {KeyInfo.Format(newest)}; {removed} older removed. Backups from before need the old file.");
            return CommandLine.Ok;
        });
        return command;
    }

    private static string FileOf(CommandContext context, ParseResult parsed)
        => context.Load(parsed).Store.KeyFile ?? throw new InputException("The configuration names no store.key_file: say there where the key file is to be.");
}
