using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core.Events;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Publishing;

public sealed class FrigateMessagesTests
{
    private readonly FrigateMessages _frigate = new("frigate");

    [Fact]
    public void A_visit_is_new_then_updated_then_ended_and_each_name_is_told_once()
    {
        var undecided = Tell(Event(VisitEventType.Begin, VisitDecision.Undecided));
        var known = Tell(Event(VisitEventType.Update, VisitDecision.Known));
        var end = Tell(Event(VisitEventType.End, VisitDecision.Known));
        Assert.Equal(["new", "update", "end"], [Type(undecided[0]), Type(known[0]), Type(end[0])]);
        Assert.All((JsonNode[])[undecided[0], known[0], end[0]], FrigateFixture.CheckEvent);
        Assert.Equal((1, 2, 1), (undecided.Count, known.Count, end.Count));
        FrigateFixture.CheckFace(known[1]);
        Assert.Equal(("face", FakeGallery.Anna.Name, 0.61), (Type(known[1]), (string)known[1]["name"]!, (double)known[1]["score"]!));

        Assert.True((bool)undecided[0]["before"]!["false_positive"]!);
        Assert.False((bool)undecided[0]["after"]!["false_positive"]!);
        Assert.Null(undecided[0]["after"]!["sub_label"]);
        // What was after is before in the next message.
        Assert.True(JsonNode.DeepEquals(undecided[0]["after"], known[0]["before"]));
        Assert.True(JsonNode.DeepEquals(known[0]["after"], end[0]["before"]));
        Assert.Null(known[0]["after"]!["end_time"]);
        Assert.Equal((double)end[0]["after"]!["frame_time"]!, (double)end[0]["after"]!["end_time"]!);
        Assert.Equal([1, 2, 4, 6], end[0]["after"]!["box"]!.AsArray().Select(number => (int)number!));
        Assert.Matches(@"^-?\d+\.\d{6}-[0-9a-f]{6}$", (string)end[0]["after"]!["id"]!);
    }

    [Fact]
    public void What_is_forgotten_is_told_as_new()
    {
        Tell(Event(VisitEventType.Begin, VisitDecision.Known));
        Tell(Event(VisitEventType.End, VisitDecision.Known));
        Assert.Equal("new", Type(Tell(Event(VisitEventType.Begin, VisitDecision.Unknown))[0]));
    }

    [JinjaFact]
    public void The_templates_of_Frigates_guide_work()
    {
        var payload = Tell(Event(VisitEventType.Begin, VisitDecision.Known))[0].ToJsonString();
        var templates = FrigateFixture.Fixture["templates"]!;
        var id = (string)JsonNode.Parse(payload)!["after"]!["id"]!;
        foreach (var (name, expected) in ((string, string)[])
            [
                ("payload", "new"), ("message", "A person was detected."), ("tag", id), ("when", "-1"), ("entity", "camera.door"), ("person", "True"), ("zone", "False"), ("score", "False"),
            ])
        {
            var rendered = JinjaTemplates.Render((string)templates[name]!, payload);
            if (name == "when")
                Assert.InRange(int.Parse(rendered, System.Globalization.CultureInfo.InvariantCulture), -1, 0);
            else
                Assert.Equal(expected, rendered);
        }
    }

    private List<JsonNode> Tell(VisitEvent visitEvent) => [.. _frigate.Translate(visitEvent).Select(message => JsonNode.Parse(Encoding.UTF8.GetString(message.Payload))!)];

    private static VisitEvent Event(VisitEventType type, VisitDecision decision) => TestEvents.End(decision) with { Type = type };

    private static string Type(JsonNode message) => (string)message["type"]!;
}
