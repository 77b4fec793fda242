using System.CommandLine;
using EdgeFace.Agent.Configuration;

namespace EdgeFace.Agent.Commands;

/// <summary>Options that several commands take, each the same everywhere.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = $"Configuration file (default: EDGEFACE_CONFIG, else {AgentOptions.DefaultFile} if it exists).",
        HelpName = "FILE",
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Data folder, instead of the configuration's data_folder.",
        HelpName = "FOLDER",
    };

    public Option<string?> Models { get; } = new("--models")
    {
        Description = "Folder of the models, instead of the configuration's.",
        HelpName = "FOLDER",
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document instead of a table.",
    };

    public Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Log at level debug, on the standard error.",
    };

    public void AddTo(Command command, bool json = true)
    {
        command.Options.Add(Config);
        command.Options.Add(Data);
        command.Options.Add(Models);
        if (json)
            command.Options.Add(Json);
        command.Options.Add(Verbose);
    }

    public AgentConfiguration.Overrides OverridesOf(ParseResult parsed) => new()
    {
        DataFolder = parsed.GetValue(Data),
        ModelsFolder = parsed.GetValue(Models),
    };

    public AgentOptions Load(ParseResult parsed) => AgentConfiguration.Load(parsed.GetValue(Config), OverridesOf(parsed));

    public LogLevel LevelOf(ParseResult parsed) => parsed.GetValue(Verbose) ? LogLevel.Debug : LogLevel.Warning;
}
