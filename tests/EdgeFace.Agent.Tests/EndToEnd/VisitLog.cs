using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>What every run's events have to satisfy, whoever was seen.</summary>
internal static class VisitLog
{
    private static readonly Lock Installing = new();

    public static string Text(this JsonNode visitEvent, string field) => visitEvent[field]!.GetValue<string>();

    public static string? PersonName(this JsonNode visitEvent) => visitEvent["person"]?["name"]?.GetValue<string>();

    public static bool Is(this JsonNode visitEvent, string type, string camera) => visitEvent.Text("type") == type && visitEvent.Text("camera") == camera;

    /// <summary>Ids of the visit events among messages, each once however often it was delivered.</summary>
    public static HashSet<string> Ids(this IEnumerable<ObservedMessage> messages) => [.. messages.Visits().Select(visit => visit.Text("id"))];

    public static HashSet<string> Ids(this IEnumerable<JsonNode> events) => [.. events.Select(visit => visit.Text("id"))];

    public static IEnumerable<JsonNode> Visits(this IEnumerable<ObservedMessage> messages)
        => messages.Where(message => message.Topic.EndsWith("/visit", StringComparison.Ordinal)).Select(message => JsonNode.Parse(message.Payload)!);

    /// <summary>Every visit: one begin first, one end last, updates between; ids unique, of version 7; times that can be.</summary>
    public static void AssertWhole(IReadOnlyCollection<JsonNode> events)
    {
        Assert.NotEmpty(events);
        Assert.Equal(events.Count, events.Ids().Count);
        foreach (var visit in events.GroupBy(visitEvent => visitEvent.Text("visit")))
        {
            var types = visit.Select(visitEvent => visitEvent.Text("type")).ToList();
            Assert.Equal("begin", types[0]);
            Assert.Equal("end", types[^1]);
            Assert.All(types[1..^1], type => Assert.Equal("update", type));
            Assert.Single(visit.Select(visitEvent => visitEvent.Text("camera")).Distinct());
            Assert.Equal(7, Guid.Parse(visit.Key).Version);
        }

        foreach (var visitEvent in events)
        {
            Assert.Equal(7, Guid.Parse(visitEvent.Text("id")).Version);
            Assert.True(visitEvent["latency_ms"]!.GetValue<double>() > 0);
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\d*(Z|\+00:00)$", visitEvent.Text("time"));
        }
    }

    /// <summary>Validates every event against the schema, with a validator that is not ours.</summary>
    public static void AssertValid(IEnumerable<JsonNode> events)
    {
        var folder = Path.Combine(Repository.Root, "tests", "schema");
        lock (Installing)
        {
            if (!Directory.Exists(Path.Combine(folder, "node_modules", "ajv")))
                Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], folder, "");
        }

        var schema = Path.Combine(Repository.Root, "src", "EdgeFace.Core", "Schemas", "visit.schema.json");
        Run("node", [Path.Combine(folder, "validate.mjs"), schema], folder, string.Join('\n', events.Select(visitEvent => visitEvent.ToJsonString())));
    }

    private static void Run(string program, string[] arguments, string folder, string input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, StandardInputEncoding = new UTF8Encoding(false),
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(AgentProcess.Patience), $"{program} did not end");
        Assert.True(process.ExitCode == 0, output.Result);
    }
}
