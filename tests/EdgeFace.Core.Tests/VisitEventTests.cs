using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using EdgeFace.Core.Events;
using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests;

public sealed class VisitEventTests
{
    [Fact]
    public void Every_property_stands_in_the_schema_and_every_field_of_the_schema_is_a_property()
        => Compare(VisitEventJson.Default.VisitEvent, (JsonObject)JsonNode.Parse(VisitEventJson.ReadSchema())!, "");

    [Fact]
    public void An_event_is_the_same_after_a_round_trip()
    {
        foreach (var visitEvent in Events())
            Assert.Equal(visitEvent, JsonSerializer.Deserialize(VisitEventJson.Serialize(visitEvent), VisitEventJson.Default.VisitEvent));
    }

    [Fact]
    public void Times_are_utc_with_three_decimals_and_enumerations_lower_case()
    {
        var json = Encoding.UTF8.GetString(VisitEventJson.Serialize(Event(VisitEventType.Begin, VisitDecision.Known) with
        {
            Time = new DateTimeOffset(2026, 1, 31, 14, 34, 56, TimeSpan.FromHours(2)),
        }));
        Assert.Contains("\"time\":\"2026-01-31T12:34:56.000Z\"", json, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"begin\",\"decision\":\"known\"", json, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json.Replace("\"begin\"", "0", StringComparison.Ordinal), VisitEventJson.Default.VisitEvent));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json.Replace("2026-01-31T", "soon", StringComparison.Ordinal), VisitEventJson.Default.VisitEvent));
    }

    [AjvFact]
    public void Every_kind_of_event_satisfies_the_schema()
    {
        var (code, output) = Validate(Events().Select(visitEvent => Encoding.UTF8.GetString(VisitEventJson.Serialize(visitEvent))));
        Assert.True(code == 0, output);
        Assert.Contains("10 of 10 documents are valid", output, StringComparison.Ordinal);
    }

    [AjvFact]
    public void The_schema_refuses_what_is_no_event()
    {
        Action<JsonObject>[] breaks =
        [
            e => e.Remove("visit"),
            e => e["type"] = "middle",
            e => e["id"] = "0f8fad5b-d9cb-469f-a165-70867728950e",
            e => e["time"] = "2026-01-31T12:34:56Z",
            e => e["camera"] = "a/b",
            e => e["person"] = null,
            e => e["similarity"] = 1.5,
            e => e["box"]!["width"] = 0,
            e => e["frames"] = 0,
            e => e["schema"] = "edgeface/visit/2",
            e => e["decision"] = "unknown",
            e => e["models"]!["embedder"] = "no hash",
        ];
        var documents = breaks.Select(change =>
        {
            var json = (JsonObject)JsonNode.Parse(VisitEventJson.Serialize(Event(VisitEventType.Begin, VisitDecision.Known)))!;
            change(json);
            return json.ToJsonString();
        });
        var (code, output) = Validate(documents);
        Assert.Equal(1, code);
        Assert.Contains($"0 of {breaks.Length} documents are valid", output, StringComparison.Ordinal);
    }

    private static void Compare(JsonTypeInfo type, JsonObject schema, string path)
    {
        var fields = (JsonObject)schema["properties"]!;
        Assert.Equal(fields.Select(field => path + field.Key).Order(), type.Properties.Select(property => path + property.Name).Order());
        Assert.Equal(fields.Select(field => field.Key).Order(), ((JsonArray)schema["required"]!).Select(name => name!.GetValue<string>()).Order());
        foreach (var property in type.Properties)
        {
            var info = VisitEventJson.Default.GetTypeInfo(property.PropertyType);
            if (info is not { Kind: JsonTypeInfoKind.Object })
                continue;
            var field = (JsonObject)fields[property.Name]!;
            var inner = field["oneOf"] is JsonArray choices ? (JsonObject)choices.Single(choice => choice!["properties"] is not null)! : field;
            Compare(info, inner, $"{path}{property.Name}.");
        }
    }

    private static IEnumerable<VisitEvent> Events()
    {
        foreach (var type in Enum.GetValues<VisitEventType>())
        {
            foreach (var decision in Enum.GetValues<VisitDecision>())
                yield return Event(type, decision);
        }

        yield return Event(VisitEventType.End, VisitDecision.Undecided) with { Similarity = null, BestSimilarity = null, Quality = null, Faces = 0, Agent = new VisitAgent("1.2.3-rc.1", null) };
    }

    private static VisitEvent Event(VisitEventType type, VisitDecision decision) => new()
    {
        Id = new Guid("01890000-0000-7000-8000-000000000001"),
        Device = "board-7",
        Camera = "Tür 1",
        Visit = new Guid("01890000-0000-7000-8000-000000000002"),
        Type = type,
        Decision = decision,
        Time = new DateTimeOffset(2026, 1, 31, 12, 34, 56, 789, TimeSpan.Zero),
        Person = decision == VisitDecision.Known ? new VisitPerson(new Guid("01890000-0000-7000-8000-000000000003"), "Anna \"Ä\" 名") : null,
        Similarity = 0.5f,
        BestSimilarity = 0.625f,
        Threshold = 0.25f,
        Fpir = 0.001,
        Quality = 0.75f,
        Box = new VisitBox(-1.5f, 2, 30.25f, 40),
        Frame = new VisitFrame(640, 480),
        Frames = 12,
        Faces = 3,
        LatencyMs = 123.4,
        DurationMs = 4321,
        Models = new VisitModels("detector-rfb320@0123456789ab", "landmarks-68@0123456789ab", "mobilefacenet@0123456789ab"),
        Gallery = new VisitGallery(7, 2),
        Agent = new VisitAgent("1.2.3", "0123456789abcdef0123456789abcdef01234567"),
    };

    private static (int Code, string Output) Validate(IEnumerable<string> documents)
    {
        var start = new ProcessStartInfo("node", ["tests/schema/validate.mjs", "src/EdgeFace.Core/Schemas/visit.schema.json"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        using var node = Process.Start(start)!;
        var output = node.StandardOutput.ReadToEndAsync();
        foreach (var document in documents)
            node.StandardInput.WriteLine(document);
        node.StandardInput.Close();
        Assert.True(node.WaitForExit(TimeSpan.FromSeconds(30)), "the validator did not end");
        return (node.ExitCode, output.Result);
    }
}
