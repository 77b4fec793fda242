using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Remote;
using EdgeFace.Core.Events;
using EdgeFace.Messaging.Discovery;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.Remote;

public sealed class DeviceReportsTests : IDisposable
{
    private const string Discovery = "homeassistant/device/edgeface_door/config";
    private readonly MosquittoBroker _broker = MosquittoBroker.Start();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _broker.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Health_and_the_announcement_are_published_repeated_and_taken_back()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/door/health"), "health");
        var health = agent.Observer.Messages.Last(message => message.Topic == "edgeface/door/health").Text;
        var (code, complaints) = SchemaValidator.Run(Path.Combine(Repository.Root, "src/EdgeFace.Messaging/Schemas/health.schema.json"), health);
        Assert.True(code == 0, complaints);
        Assert.True((double)JsonNode.Parse(health)!["cameras"]![0]!["fps"]! > 0, health);
        Assert.Equal(3, JsonNode.Parse(health)!["models"]!.AsArray().Count);
        Assert.DoesNotContain(agent.Observer.Messages, message => message.Topic == Discovery);

        agent.Desire("""{"version":1,"settings":{"mqtt":{"home_assistant":{"enabled":true}}}}""");
        agent.Answer(1, 200);
        agent.Until(() => Announced(agent) == 1, "the announcement");
        agent.Observer.Publish("homeassistant/status", "online");
        agent.Until(() => Announced(agent) == 2, "the announcement again");

        agent.Desire("""{"version":2,"settings":{}}""");
        agent.Answer(2, 200);
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == Discovery && message.Payload.Length == 0), "the announcement taken back");
        agent.Stop();
        using var late = new MqttObserver(_broker, "homeassistant/#");
        late.Publish("homeassistant/end", "x");
        late.WaitFor(messages => messages.Any(message => message.Topic == "homeassistant/end"));
        Assert.DoesNotContain(late.Messages, message => message.Topic == Discovery);
    }

    [Fact]
    public void Requests_are_answered_with_the_correlation_data_of_MQTT_5()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        Assert.Equal("""{"status":"ok","data":{"level":"warning"},"transaction":"a1"} c0ffee""", Ask("log-level", """{"transaction":"a1","level":"warning"}"""));
        Assert.StartsWith("""{"status":"error","error":{"code":400""", Ask("log-level", """{"level":"loud"}"""), StringComparison.Ordinal);
        Assert.Contains("\"models\":[", Ask("health", ""), StringComparison.Ordinal);
        agent.Stop();
    }

    // mosquitto_rr sends a request with a response topic and waits for the answer.
    private string Ask(string name, string payload)
    {
        using var tool = Process.Start(new ProcessStartInfo("mosquitto_rr",
        [
            "-V", "mqttv5", "-h", _broker.Host, "-p", _broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-W", "20", "-t", $"edgeface/door/request/{name}",
            "-e", "edgeface/app/response/1", "-D", "publish", "correlation-data", "c0ffee", "-F", "%p %D", "-m", payload,
        ])
        {
            RedirectStandardOutput = true,
        })!;
        var answer = tool.StandardOutput.ReadToEnd().Trim();
        Assert.True(tool.WaitForExit(TimeSpan.FromSeconds(30)));
        return answer;
    }

    [Fact]
    public void The_hottest_zone_counts_and_absurd_ones_do_not()
    {
        Assert.Null(HealthSource.Temperature(_folder.Path));
        foreach (var (zone, text) in ((string, string)[])[("thermal_zone0", "48312\n"), ("thermal_zone1", "-274000\n"), ("thermal_zone2", "51000\n"), ("thermal_zone3", "x"), ("cooling_device0", "99000")])
        {
            var folder = Directory.CreateDirectory(_folder.File($"sys/class/thermal/{zone}")).FullName;
            File.WriteAllText(Path.Combine(folder, "temp"), text);
        }

        Directory.CreateDirectory(_folder.File("sys/class/thermal/thermal_zone4"));
        Assert.Equal(51, HealthSource.Temperature(_folder.Path));
    }

    [Fact]
    public void Topics_that_are_no_longer_kept_are_told_once()
    {
        var file = _folder.File("topics");
        Assert.Empty(new RetainedTopics(file).Replace("here", []));
        Assert.Empty(new RetainedTopics(file).Replace("here", ["a", "b"]));
        Assert.Empty(new RetainedTopics(file).Replace("here", ["a", "b"]));
        Assert.Equal(["a"], new RetainedTopics(file).Replace("here", ["b", "c"]));
        File.WriteAllText(file, "[");
        Assert.Empty(new RetainedTopics(file).Replace("here", ["c"]));
        Assert.Equal(["c"], new RetainedTopics(file).Replace("here", []));
    }

    [Fact]
    public void Topics_of_a_broker_that_was_left_are_known_until_they_are_taken_back()
    {
        var kept = new RetainedTopics(_folder.File("topics"));
        Assert.Empty(kept.Replace("here", ["a", "b"]));
        Assert.Empty(kept.Replace("there", ["a"]));
        Assert.Equal(["a", "b"], kept.At("here"));
        Assert.Equal(["b"], kept.Replace("here", ["a"]));
        kept.Forget("here");
        Assert.Empty(kept.At("here"));
        Assert.Equal(["a"], kept.At("there"));
        for (var i = 0; i < 20; i++)
            kept.Replace($"broker{i}", ["x"]);
        Assert.Empty(kept.At("there"));
        Assert.Equal(["x"], kept.At("broker12"));
    }

    [Fact]
    public void A_renamed_device_leaves_nothing_behind_and_its_figures_are_told()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/door/health"), "health");
        agent.Desire("""{"version":1,"settings":{"device":"gate","mqtt":{"metrics_seconds":5},"logging":{"file":false},"enrollment":{"min_face_pixels":80}}}""");
        agent.Answer(1, 200, "gate");
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/gate/metrics"), "figures");
        SchemaValidator.Demand("metrics.schema.json", null, agent.Observer.Messages.Where(message => message.Topic == "edgeface/gate/metrics").Select(message => message.Text));
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/door/health" && message.Payload.Length == 0), "the health taken back");
        Assert.Equal("0.1.0", agent.Observer.Messages.Last(message => message.Topic == "edgeface/gate/update/installed").Text);
        var size = new FileInfo(agent.Path("data/log/edgeface.log")).Length;
        agent.Stop();
        Assert.Equal(size, new FileInfo(agent.Path("data/log/edgeface.log")).Length);
        using var late = new MqttObserver(_broker);
        late.Publish("end", "x");
        late.WaitFor(messages => messages.Any(message => message.Topic == "end"));
        Assert.DoesNotContain(late.Messages, message => message.Topic.StartsWith("edgeface/door/", StringComparison.Ordinal) && message.Topic != "edgeface/door/config/desired");
    }

    [Fact]
    public void Presence_is_told_and_taken_back_when_a_person_is_removed()
    {
        using var agent = new RemoteAgent(_broker, more: """ "requests": { "allow": ["enroll"] }, """, mqtt: """, "home_assistant": { "enabled": true, "presence": true }""");
        agent.Start();
        agent.Answer(0, 200);
        var picture = Convert.ToBase64String(File.ReadAllBytes(Repository.Golden("inference/drawn.png")));
        agent.Observer.Publish("edgeface/door/request/enroll", $$"""{"transaction":"1","name":"Ann","pictures":["{{picture}}"],"largest":true}""");
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic.StartsWith("edgeface/door/presence/", StringComparison.Ordinal) && message.Text == "OFF"), "the presence");
        var topic = agent.Observer.Messages.First(message => message.Topic.StartsWith("edgeface/door/presence/", StringComparison.Ordinal)).Topic;
        agent.Until(() => Components(agent).Any(component => (string?)component["state_topic"] == topic && (string?)component["name"] == "Ann"), "the announcement of the sensor");
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "remove", "Ann", "--config", agent.Path("edgeface.json")).ExitCode);
        agent.Until(() => agent.Observer.Messages.Last(message => message.Topic == topic).Payload.Length == 0, "the presence taken back");
        agent.Until(() => !Components(agent).Any(component => (string?)component["name"] == "Ann"), "the sensor taken back");
        agent.Stop();
    }

    private static IEnumerable<JsonNode> Components(RemoteAgent agent)
        => JsonNode.Parse(agent.Observer.Messages.Last(message => message.Topic == Discovery).Payload)!["components"]!.AsObject().Select(component => component.Value!);

    [JinjaFact]
    public void The_templates_that_Home_Assistant_is_given_render()
    {
        var device = new HomeAssistantDevice("edgeface", "door", "1", ["Hof 'A'", "entrance"]);
        var components = JsonNode.Parse(device.WritePayload())!["components"]!;
        var visit = VisitEventJson.Serialize(TestEvents.End(VisitDecision.Known) with { Type = VisitEventType.Begin });
        var rendered = JsonNode.Parse(JinjaTemplates.Render((string)components["visit_entrance"]!["value_template"]!, Encoding.UTF8.GetString(visit)))!;
        Assert.Equal(("known", FakeGallery.Anna.Name), ((string)rendered["event_type"]!, (string)rendered["person"]!));
        var end = VisitEventJson.Serialize(TestEvents.End(VisitDecision.Unknown));
        Assert.Equal("", JinjaTemplates.Render((string)components["visit_entrance"]!["value_template"]!, Encoding.UTF8.GetString(end)));
        Assert.Equal("Bob", JinjaTemplates.Render((string)components["last_person"]!["value_template"]!, Encoding.UTF8.GetString(end), "Bob"));
        const string Health = """{"temperature_celsius":51.5,"outbox":{"waiting":3},"mqtt":{"reconnects":2},"cameras":[{"name":"entrance","fps":1},{"name":"Hof 'A'","fps":4.5}]}""";
        foreach (var (key, expected) in ((string, string)[])[("temperature", "51.5"), ("waiting", "3"), ("reconnects", "2"), ($"fps_{HomeAssistantDevice.Identifier("Hof 'A'")}", "4.5")])
            Assert.Equal(expected, JinjaTemplates.Render((string)components[key]!["value_template"]!, Health));
    }

    private static int Announced(RemoteAgent agent)
        => agent.Observer.Messages.Count(message => message.Topic == Discovery && message.Payload.Length > 0);
}
