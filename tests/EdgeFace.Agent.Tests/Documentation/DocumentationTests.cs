using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeFace.Agent.Commands;
using EdgeFace.Agent.Configuration;
using EdgeFace.Core.Events;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Documentation;

/// <summary>What the README says of settings, events and files is what the program does.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Readme = File.ReadAllText(InRepository("README.md"));

    [Fact]
    public void Settings_table_holds_every_setting_with_its_default_and_range()
    {
        var documented = TableRow().Matches(Readme).Select(match => match.Groups[1].Value.Trim()).ToHashSet(StringComparer.Ordinal);
        var missing = SettingsReference.All().Select(setting => setting.ToString()).Where(row => !documented.Contains(row)).ToList();

        Assert.True(missing.Count == 0, "README.md lacks these rows (a description follows each):\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Settings_table_holds_nothing_else()
    {
        var known = SettingsReference.All().Select(setting => setting.ToString()).ToHashSet(StringComparer.Ordinal);
        var section = Between(Readme, "<!-- settings -->", "<!-- /settings -->");
        var rows = TableRow().Matches(section).Select(match => match.Groups[1].Value.Trim()).ToList();

        Assert.Equal(known.Count, rows.Count);
        Assert.Subset(known, rows.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Example_configuration_can_be_used()
    {
        var options = AgentConfiguration.Load(InRepository("deploy/edgeface.example.json"), AgentConfiguration.Overrides.None);

        Assert.Equal("/var/lib/edgeface", options.DataFolder);
        Assert.Equal(["entrance", "yard"], options.Cameras.Select(camera => camera.Name));
        Assert.False(options.Snapshots.Enabled);
        Assert.False(options.Recordings.Enabled);
    }

    [Fact]
    public void Example_configuration_names_defaults_where_it_repeats_them()
    {
        var example = AgentConfiguration.Load(InRepository("deploy/edgeface.example.json"), AgentConfiguration.Overrides.None);
        var defaults = new AgentOptions();

        Assert.Equal(defaults.Recognition, example.Recognition);
        Assert.Equal(defaults.Snapshots with { Folder = example.Snapshots.Folder }, example.Snapshots);
        Assert.Equal(defaults.Mqtt.Outbox, example.Mqtt.Outbox);
        Assert.Equal(defaults.Logging, example.Logging);
    }

    [Fact]
    public void Example_event_has_the_fields_of_an_event_and_no_others()
    {
        using var example = JsonDocument.Parse(Between(Readme, "<!-- event -->\n```json\n", "\n```"));
        var written = JsonDocument.Parse(VisitEventJson.Serialize(Event()));

        Assert.Equal(Fields(written.RootElement, ""), Fields(example.RootElement, ""));
        Assert.Equal(VisitEvent.SchemaId, example.RootElement.GetProperty("schema").GetString());
    }

    [Fact]
    public void Every_command_is_in_the_table_of_commands()
    {
        var section = Between(Readme, "<!-- commands -->", "<!-- /commands -->");
        var context = new CommandContext(TextWriter.Null, TextWriter.Null, outIsTerminal: false, errorIsTerminal: false, native: null, new ManualTimeProvider());
        var commands = CommandLine.Build(context).Subcommands.Select(command => command.Name);

        Assert.All(commands, command => Assert.Contains($"| `{command}", section, StringComparison.Ordinal));
    }

    [Fact]
    public void Links_to_files_lead_to_files()
    {
        var links = Link().Matches(Readme).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(InRepository(link)), $"{link} is not there"));
    }

    private static string InRepository(string path) => Path.Combine(Repository.Root, path);

    private static VisitEvent Event() => new()
    {
        Id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
        Device = "board",
        Camera = "entrance",
        Visit = Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
        Type = VisitEventType.Begin,
        Decision = VisitDecision.Known,
        Time = DateTimeOffset.UnixEpoch,
        Person = new VisitPerson(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), "Ann"),
        Threshold = 0.414f,
        Box = new VisitBox(1, 2, 3, 4),
        Frame = new VisitFrame(640, 480),
        Frames = 3,
        Faces = 2,
        LatencyMs = 1,
        DurationMs = 1,
        Models = new VisitModels("a", "b", "c"),
        Gallery = new VisitGallery(1, 1),
        Agent = new VisitAgent("0.1.0", null),
    };

    private static List<string> Fields(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object
        ? [.. element.EnumerateObject().SelectMany(field => Fields(field.Value, $"{path}.{field.Name}"))]
        : [path];

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"README.md lacks '{start}'");
        from += start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    /// <summary>The first three cells of a row whose first is a setting: <c>| `path` | default | range |</c>.</summary>
    [GeneratedRegex(@"^(\| `[a-z0-9_.\[\]]+` \|[^|]*\|[^|]*\|)", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();
}
