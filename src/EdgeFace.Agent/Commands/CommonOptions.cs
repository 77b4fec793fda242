using System.CommandLine;
using System.Globalization;
using System.Numerics;
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

    /// <summary>Refuses a number outside a range.</summary>
    public static void Limit<T>(Option<T> option, T least, T most)
        where T : INumber<T>
        => option.Validators.Add(result =>
        {
            // The text itself: asking for the value of one that is no number throws; the parser reports that by itself.
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value >= least && value <= most))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be from {least} to {most}, is {token.Value}."));
        });

    public AgentConfiguration.Overrides OverridesOf(ParseResult parsed) => new()
    {
        DataFolder = parsed.GetValue(Data),
        ModelsFolder = parsed.GetValue(Models),
    };

    public AgentOptions Load(ParseResult parsed) => AgentConfiguration.Load(parsed.GetValue(Config), OverridesOf(parsed));

    public LogLevel LevelOf(ParseResult parsed) => parsed.GetValue(Verbose) ? LogLevel.Debug : LogLevel.Warning;
}
