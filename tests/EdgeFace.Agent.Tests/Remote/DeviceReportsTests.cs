using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Remote;
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
    public void The_topic_before_is_told_once()
    {
        var file = _folder.File("topic");
        Assert.Null(AnnouncedTopic.Exchange(file, null));
        Assert.Null(AnnouncedTopic.Exchange(file, "a"));
        Assert.Null(AnnouncedTopic.Exchange(file, "a"));
        Assert.Equal("a", AnnouncedTopic.Exchange(file, "b"));
        Assert.Equal("b", AnnouncedTopic.Exchange(file, null));
        Assert.Null(AnnouncedTopic.Exchange(file, null));
    }

    private static int Announced(RemoteAgent agent)
        => agent.Observer.Messages.Count(message => message.Topic == Discovery && message.Payload.Length > 0);
}
