using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Xunit.Sdk;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>Settings by way of a cloud: exchanges after its published documents, on a real broker, the cloud's side played by the test.</summary>
public sealed class CloudEndToEndTests : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly MosquittoBroker _broker = MosquittoBroker.Start();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_shadow_of_AWS_is_followed()
    {
        using var agent = new RemoteAgent(_broker, """{ "cloud": { "kind": "aws" } }""");
        Play("cloud/aws-shadow.json", agent);
        Assert.DoesNotContain(agent.Observer.Messages, message => message.Topic.StartsWith("edgeface/door/config/", StringComparison.Ordinal));
        agent.Stop();
    }

    [Fact]
    public void A_twin_of_Azure_is_followed_within_what_the_hub_takes()
    {
        using var agent = new RemoteAgent(_broker, """{ "cloud": { "kind": "azure", "thing": "Door01" } }""", mqtt: """, "metrics_seconds": 5""");
        Play("cloud/azure-twin.json", agent);
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic.EndsWith("&kind=metrics", StringComparison.Ordinal)), "telemetry");
        agent.Stop();
        // Nothing but the documented topics, nothing retained, MQTT 3.1.1 under the device's id.
        Assert.All(agent.Observer.Messages, message => Assert.StartsWith("devices/Door01/messages/events/$.ct=", message.Topic, StringComparison.Ordinal));
        Assert.All(agent.Observer.Messages, message => Assert.False(message.Retained));
        using var late = new MqttObserver(_broker);
        late.Publish("end", "x");
        Assert.Single(late.WaitFor(messages => messages.Count > 0));
        Assert.Matches("as Door01 \\(p2,", _broker.Log);
        var subscribed = Regex.Matches(_broker.Log, @"^\d+: Door01 \d (\S+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["$iothub/methods/POST/#", "$iothub/twin/PATCH/properties/desired/#", "$iothub/twin/res/#"], subscribed);
    }

    [Fact]
    public void Direct_methods_of_Azure_are_answered()
    {
        using var agent = new RemoteAgent(_broker, """{ "cloud": { "kind": "azure", "thing": "Door01" } }""", more: """ "requests": { "allow": ["health", "log-level", "snapshot"] },""");
        Play("cloud/azure-methods.json", agent);
        agent.Stop();
        Assert.All(agent.Observer.Messages, message => Assert.StartsWith("devices/Door01/messages/events/$.ct=", message.Topic, StringComparison.Ordinal));
    }

    private void Play(string fixture, RemoteAgent agent)
    {
        var exchange = JsonNode.Parse(File.ReadAllText(Repository.Golden(fixture)))!;
        var own = new List<string>();
        using var cloud = new MqttObserver(_broker, (string)exchange["filter"]!);
        agent.Start();
        var (number, next, id) = (0, 0, "");
        foreach (var step in exchange["steps"]!.AsArray())
        {
            number++;
            if ((string?)step!["cloud"] is { } topic)
            {
                own.Add(topic.Replace("RID", id, StringComparison.Ordinal));
                cloud.Publish(own[^1], step["payload"]?.ToJsonString() ?? "");
            }
            else if ((string?)step["device"] is { } pattern)
            {
                var message = Next(cloud, own, ref next, agent, $"step {number}");
                var match = Regex.Match(message.Topic, pattern);
                Assert.True(match.Success, $"step {number}: {message.Topic} {message.Text}\n{agent.Log}");
                id = match.Groups.Count > 1 ? match.Groups[1].Value : id;
                Check(step, message, $"step {number}: {message.Text}\n{agent.Log}");
            }
            else
            {
                Thread.Sleep(Quiet);
                Assert.Equal([], FromDevice(cloud, own).Skip(next).Select(message => message.Topic + message.Text));
            }
        }
    }

    private static ObservedMessage Next(MqttObserver cloud, List<string> own, ref int next, RemoteAgent agent, string what)
    {
        var at = next++;
        List<ObservedMessage> seen = [];
        agent.Until(() => (seen = FromDevice(cloud, own)).Count > at, what);
        return seen[at];
    }

    // The cloud hears what it says itself as well.
    private static List<ObservedMessage> FromDevice(MqttObserver cloud, List<string> own) => [.. cloud.Messages.Where(message => !own.Contains(message.Topic))];

    private static void Check(JsonNode step, ObservedMessage message, string what)
    {
        Assert.False(message.Retained);
        if ((bool?)step["empty"] == true)
        {
            Assert.True(message.Payload.Length == 0, what);
            return;
        }

        var payload = JsonNode.Parse(message.Payload)!;
        foreach (var name in step["has"]?.AsArray() ?? [])
            Assert.NotNull(payload[(string)name!]);
        if (WhyNotHeld(payload, step["holds"]!, "") is { } reason)
            throw new XunitException($"{reason}\n{what}");
    }

    // Every member of what is expected must be there and equal; what it leaves out may be anything.
    private static string? WhyNotHeld(JsonNode? actual, JsonNode? expected, string path)
    {
        if (expected is JsonObject members && actual is JsonObject document)
            return members.Select(member => WhyNotHeld(document[member.Key], member.Value, $"{path}.{member.Key}")).FirstOrDefault(reason => reason is not null);
        return JsonNode.DeepEquals(actual, expected) ? null : $"{path}: {actual?.ToJsonString()} and not {expected?.ToJsonString()}";
    }
}
