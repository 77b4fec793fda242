using System.CommandLine;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server migrate</c>: brings the store's schema up without serving, such as before many instances start.</summary>
internal static class MigrateCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("migrate", "Make the store, or bring an older one's schema up.") { context.Config, context.Data, context.Json };
        command.SetAction((parsed, cancellation) => context.WithStoreAsync(parsed, async store =>
        {
            var state = await store.StateAsync(cancellation);
            if (parsed.GetValue(context.Json))
                context.WriteJson(state);
            else
                context.Out.WriteLine(FormattableString.Invariant($"The store is ready: revision {state.Revision}, epoch {state.Epoch}."));
            return CommandLine.Ok;
        }, cancellation));
        return command;
    }
}
