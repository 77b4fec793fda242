using System.CommandLine;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var command = new Command("version", "Print the version and the commit it was built from.") { common.Json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { AgentVersion.Version, AgentVersion.Commit });
            else
                context.Out.WriteLine($"edgeface {AgentVersion.Full}");
            return ExitCode.Ok;
        });
        return command;
    }
}
