using System.CommandLine;
using System.Text.Json;
using EdgeFace.Agent.Configuration;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface config schema</c>: the JSON Schema of the configuration, for editors and for who administers devices.</summary>
internal static class ConfigSchemaCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(CommandContext context)
    {
        var command = new Command("schema", "Print the JSON Schema of the configuration.");
        command.SetAction(_ =>
        {
            context.Out.WriteLine(SettingsSchema.Create().ToJsonString(Indented));
            return ExitCode.Ok;
        });
        return command;
    }
}
