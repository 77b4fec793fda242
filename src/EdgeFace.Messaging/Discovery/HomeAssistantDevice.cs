using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.Discovery;

/// <summary>
/// What Home Assistant is told of a device, so that it shows it by itself: one message for the device and all its entities
/// (MQTT device discovery, home-assistant.io/integrations/mqtt).
/// </summary>
/// <param name="Root">First level of the device's topics.</param>
/// <param name="Device">Its name.</param>
/// <param name="Version">Of the agent.</param>
/// <param name="Cameras">Names of its cameras.</param>
public sealed record HomeAssistantDevice(string Root, string Device, string Version, IReadOnlyList<string> Cameras)
{
    /// <summary>Whether pictures of visits are published.</summary>
    public bool HasPictures { get; init; }

    /// <summary>Whose presence is told.</summary>
    public IReadOnlyList<(Guid Id, string Name)> People { get; init; } = [];

    /// <summary>Whose presence was told before: Home Assistant removes an entity of which only the platform is left.</summary>
    public IReadOnlyList<Guid> Removed { get; init; } = [];

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The topic of the message, under the prefix that Home Assistant listens to.</summary>
    public string Topic(string prefix) => $"{prefix}/device/{Id}/config";

    /// <summary>Name of the device in identifiers: letters, digits and underscores.</summary>
    public string Id => "edgeface_" + Identifier(Device);

    public byte[] WritePayload()
    {
        var components = new JsonObject();
        foreach (var camera in Cameras)
        {
            components[$"visit_{Identifier(camera)}"] = VisitEvent(camera);
            components[$"fps_{Identifier(camera)}"] = FramesPerSecond(camera);
            if (HasPictures)
                components[$"picture_{Identifier(camera)}"] = Picture(camera);
        }

        foreach (var (id, name) in People)
            components[$"presence_{id:N}"] = Presence(id, name);
        foreach (var id in Removed)
            components[$"presence_{id:N}"] = new JsonObject { ["platform"] = "binary_sensor" };
        components["update"] = Update();
        components["reconnects"] = Diagnostic("reconnects", "Reconnects", "{{ value_json.mqtt.reconnects }}", "total_increasing");
        components["last_person"] = LastPerson();
        components["waiting"] = Diagnostic("waiting", "Events waiting", "{{ value_json.outbox.waiting }}");
        var temperature = Diagnostic("temperature", "Temperature", "{{ value_json.temperature_celsius }}");
        temperature["device_class"] = "temperature";
        temperature["unit_of_measurement"] = "°C";
        components["temperature"] = temperature;
        return JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["device"] = new JsonObject
                {
                    ["identifiers"] = new JsonArray(Id),
                    ["name"] = Device,
                    ["manufacturer"] = "EdgeFace",
                    ["model"] = "EdgeFace agent",
                    ["sw_version"] = Version,
                },
                ["origin"] = new JsonObject { ["name"] = "EdgeFace", ["sw_version"] = Version },
                ["availability"] = new JsonArray(new JsonObject { ["topic"] = Topics.Status(Root, Device) }),
                ["components"] = components,
                ["qos"] = 1,
            },
            Json);
    }

    /// <summary>ASCII letters, digits and underscores; names that would become the same by that are told apart by a hash.</summary>
    public static string Identifier(string name)
    {
        var plain = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '_')]);
        return plain == name ? plain : plain + "_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
    }

    // An end is no news of its own: an empty rendering is passed over.
    private JsonObject VisitEvent(string camera) => Entity("event", $"visit_{Identifier(camera)}", $"{camera} visit", Topics.Visit(Root, Device, camera),
        "{% if value_json.type != 'end' %}{{ {'event_type': value_json.decision, 'person': value_json.person.name if value_json.person else none, "
        + "'person_id': value_json.person.id if value_json.person else none, 'visit': value_json.visit, 'similarity': value_json.similarity} | to_json }}{% endif %}",
        entity => entity["event_types"] = new JsonArray("known", "unknown", "undecided"));

    private JsonObject LastPerson() => Entity("sensor", "last_person", "Last person", $"{Root}/{Device}/camera/+/visit",
        "{{ value_json.person.name if value_json.person else this.state }}", entity => entity["icon"] = "mdi:face-recognition");

    private JsonObject FramesPerSecond(string camera)
    {
        var entity = Diagnostic($"fps_{Identifier(camera)}", $"{camera} frame rate",
            $"{{{{ (value_json.cameras | selectattr('name', 'eq', {Quote(camera)}) | first).fps }}}}");
        entity["unit_of_measurement"] = "fps";
        return entity;
    }

    private JsonObject Picture(string camera) => new()
    {
        ["platform"] = "image",
        ["unique_id"] = $"{Id}_picture_{Identifier(camera)}",
        ["name"] = $"{camera} picture",
        ["image_topic"] = Topics.Picture(Root, Device, camera, "visit"),
        ["content_type"] = "image/jpeg",
    };

    private JsonObject Presence(Guid id, string name) => Entity("binary_sensor", $"presence_{id:N}", name, Topics.Of(Root, Device, $"presence/{id:D}"), "{{ value }}",
        entity => entity["device_class"] = "presence");

    // Without a command topic: it tells of an update, and installs none.
    private JsonObject Update() => Entity("update", "update", "Version", Topics.Of(Root, Device, "update/installed"), "{{ value }}", entity =>
    {
        entity["latest_version_topic"] = Topics.Of(Root, Device, "update/latest");
        entity["device_class"] = "firmware";
        entity["entity_category"] = "diagnostic";
        entity["title"] = "EdgeFace";
    });

    private JsonObject Diagnostic(string key, string name, string template, string kind = "measurement") => Entity("sensor", key, name, Topics.Health(Root, Device), template, entity =>
    {
        entity["state_class"] = kind;
        entity["entity_category"] = "diagnostic";
    });

    private JsonObject Entity(string platform, string key, string name, string topic, string template, Action<JsonObject> more)
    {
        var entity = new JsonObject
        {
            ["platform"] = platform,
            ["unique_id"] = $"{Id}_{key}",
            ["name"] = name,
            ["state_topic"] = topic,
            ["value_template"] = template,
        };
        more(entity);
        return entity;
    }

    // A text of the template language; everything but plain letters and digits as \uXXXX, so that no name can end it.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var unit in text)
            quoted.Append(char.IsAsciiLetterOrDigit(unit) ? unit.ToString() : "\\u" + ((int)unit).ToString("x4", CultureInfo.InvariantCulture));
        return quoted.Append('\'').ToString();
    }
}
