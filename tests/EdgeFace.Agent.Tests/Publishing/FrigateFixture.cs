using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Publishing;

/// <summary>Frigate's published field lists, tests/golden/frigate/messages.json.</summary>
internal static class FrigateFixture
{
    public static JsonNode Fixture { get; } = JsonNode.Parse(File.ReadAllText(Repository.Golden("frigate/messages.json")))!;

    public static void CheckEvent(JsonNode message)
    {
        Check(message, "event");
        Assert.Contains((string)message["type"]!, Fixture["types"]!.AsArray().Select(type => (string)type!));
        foreach (var side in (string[])["before", "after"])
        {
            Check(message[side]!, "object");
            Check(message[side]!["snapshot"]!, "snapshot");
            foreach (var attribute in message[side]!["current_attributes"]!.AsArray())
                Check(attribute!, "attribute");
            Assert.Equal(4, message[side]!["box"]!.AsArray().Count);
        }

        Assert.Equal((string)message["before"]!["id"]!, (string)message["after"]!["id"]!);
        if (message["after"]!["sub_label"] is JsonArray label)
            Assert.Equal((JsonValueKind.String, JsonValueKind.Number), (label[0]!.GetValueKind(), label[1]!.GetValueKind()));
    }

    public static void CheckFace(JsonNode message) => Check(message, "face");

    private static void Check(JsonNode message, string kind)
    {
        var fields = Fixture[kind]!.AsObject();
        Assert.Equal(fields.Select(field => field.Key).Order(StringComparer.Ordinal), message.AsObject().Select(field => field.Key).Order(StringComparer.Ordinal));
        foreach (var (name, value) in message.AsObject())
        {
            var type = value is null ? "null" : value.GetValueKind() switch
            {
                JsonValueKind.True or JsonValueKind.False => "boolean",
                var other => other.ToString().ToLowerInvariant(),
            };
            Assert.True(fields[name]!.AsArray().Any(allowed => (string)allowed! == type), $"{kind}.{name} is {type}");
        }
    }
}
