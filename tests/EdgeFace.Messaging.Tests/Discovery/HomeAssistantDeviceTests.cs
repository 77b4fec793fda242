using System.Text.Json.Nodes;
using EdgeFace.Messaging.Discovery;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests.Discovery;

public sealed class HomeAssistantDeviceTests
{
    private static readonly Guid Ann = Guid.Parse("01a20134-b9b7-7f1c-998e-a3293a75effa");
    private static readonly Guid Bob = Guid.Parse("01a20134-b9b7-7f1c-998e-a3293a75effb");
    private static readonly Guid Carl = Guid.Parse("01a20134-b9b7-7f1c-998e-a3293a75effc");
    private static readonly HomeAssistantDevice Device = new("edgeface", "door", "1.2.3", ["entrance", "Hof 'A'", "Hof \"A\""])
    {
        HasPictures = true,
        People = [(Ann, "Ann {{ 1 }}"), (Bob, "Bob")],
        Removed = [Carl],
    };

    private readonly JsonNode _fields = JsonNode.Parse(File.ReadAllText(Repository.Golden("home-assistant/fields.json")))!;
    private readonly JsonNode _payload = JsonNode.Parse(Device.WritePayload())!;

    [Fact]
    public void Every_field_is_one_that_Home_Assistant_publishes_and_none_is_missing()
    {
        Check(_payload, "discovery");
        Check(_payload["device"]!, "device");
        Check(_payload["origin"]!, "origin");
        Check(Assert.Single(_payload["availability"]!.AsArray())!, "availability");
        foreach (var (_, component) in _payload["components"]!.AsObject().Where(component => component.Key != $"presence_{Carl:N}"))
            Check(component!, "entity", (string)component!["platform"]!);
    }

    [Fact]
    public void There_is_an_event_entity_a_camera_with_the_three_decisions()
    {
        var events = Components().Where(component => (string)component["platform"]! == "event").ToList();
        Assert.Equal(3, events.Count);
        Assert.All(events, entity => Assert.Equal("""["known","unknown","undecided"]""", entity["event_types"]!.ToJsonString()));
        Assert.Equal("edgeface/door/camera/entrance/visit", (string)events[0]["state_topic"]!);
    }

    [Fact]
    public void Names_that_differ_only_in_signs_stay_apart()
    {
        var ids = Components().Select(component => (string)component["unique_id"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-z0-9_]+$", id));
        Assert.NotEqual(HomeAssistantDevice.Identifier("a b"), HomeAssistantDevice.Identifier("a_b"));
    }

    [Fact]
    public void The_topic_is_of_the_form_that_is_listened_to()
        => Assert.Matches("^homeassistant/device/[a-zA-Z0-9_-]+/config$", new HomeAssistantDevice("edgeface", "Tür 1", "1", []).Topic("homeassistant"));

    [Fact]
    public void No_name_can_end_a_text_of_a_template()
    {
        var templates = Components().Where(component => ((string)component["unique_id"]!).Contains("fps_hof", StringComparison.Ordinal)).Select(component => (string)component["value_template"]!).ToList();
        Assert.Equal(2, templates.Count);
        Assert.Contains(templates, template => template.Contains(@"'Hof\u0020\u0027A\u0027'", StringComparison.Ordinal));
    }

    [Fact]
    public void Presence_is_told_under_ids_and_one_who_is_gone_is_removed()
    {
        var ann = _payload["components"]![$"presence_{Ann:N}"]!;
        Assert.Equal(("binary_sensor", "Ann {{ 1 }}", $"edgeface/door/presence/{Ann:D}"), ((string)ann["platform"]!, (string)ann["name"]!, (string)ann["state_topic"]!));
        Assert.Equal("""{"platform":"binary_sensor"}""", _payload["components"]![$"presence_{Carl:N}"]!.ToJsonString());
        Assert.DoesNotContain(Components(), entity => entity.AsObject().Any(field => field.Key.EndsWith("_topic", StringComparison.Ordinal) && ((string)field.Value!).Contains("Ann", StringComparison.Ordinal)));
    }

    [Fact]
    public void Pictures_and_versions_have_their_topics()
    {
        var picture = Assert.Single(Components(), entity => (string?)entity["image_topic"] == "edgeface/door/pictures/entrance/visit");
        Assert.Equal("image", (string)picture["platform"]!);
        var update = Assert.Single(Components(), entity => (string)entity["platform"]! == "update");
        Assert.Equal(("edgeface/door/update/installed", "edgeface/door/update/latest"), ((string)update["state_topic"]!, (string)update["latest_version_topic"]!));
        Assert.Null(update["command_topic"]);
        var plain = JsonNode.Parse(new HomeAssistantDevice("edgeface", "door", "1", ["a"]).WritePayload())!["components"]!.AsObject();
        Assert.DoesNotContain(plain, component => (string)component.Value!["platform"]! is "image" or "binary_sensor");
    }

    private IEnumerable<JsonNode> Components() => _payload["components"]!.AsObject().Where(component => component.Key != $"presence_{Carl:N}").Select(component => component.Value!);

    private void Check(JsonNode node, params string[] kinds)
    {
        var names = node.AsObject().Select(member => member.Key).ToHashSet();
        Assert.Subset(kinds.SelectMany(kind => List(kind, "allowed")).ToHashSet(), names);
        Assert.Superset(kinds.SelectMany(kind => List(kind, "required")).ToHashSet(), names);
    }

    private IEnumerable<string> List(string kind, string what) => _fields[kind]![what]!.AsArray().Select(name => (string)name!);
}
