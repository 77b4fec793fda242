using System.CommandLine;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("version", "Print the version and the commit it was built from.") { context.Json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(context.Json))
                context.WriteJson(new { ServerVersion.Version, ServerVersion.Commit });
            else
                context.Out.WriteLine($"edgeface-server {ServerVersion.Full}");
            return CommandLine.Ok;
        });
        return command;
    }
}
