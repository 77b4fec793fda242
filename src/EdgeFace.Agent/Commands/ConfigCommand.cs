using System.CommandLine;
using System.Text.Json;
using EdgeFace.Agent.Configuration;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface config check</c>, <c>show</c> and <c>schema</c>.</summary>
internal static class ConfigCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var check = new Command("check", "Read the configuration and list everything that is wrong with it.") { common.Config };
        check.SetAction(parsed =>
        {
            AgentConfiguration.Load(parsed.GetValue(common.Config), AgentConfiguration.Overrides.None);
            context.Out.WriteLine("The configuration can be used.");
            return ExitCode.Ok;
        });

        var show = new Command("show", "Print the configuration in effect, defaults included.") { common.Config };
        show.SetAction(parsed =>
        {
            var options = AgentConfiguration.Load(parsed.GetValue(common.Config), AgentConfiguration.Overrides.None);
            context.Out.WriteLine(JsonSerializer.Serialize(Redaction.Redact(options), SettingsReader.JsonOptions));
            return ExitCode.Ok;
        });

        return new Command("config", "Check or show the configuration, or its schema.") { check, show, ConfigSchemaCommand.Create(context) };
    }
}
