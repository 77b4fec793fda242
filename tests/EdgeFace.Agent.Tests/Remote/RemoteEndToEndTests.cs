using System.Text.Json.Nodes;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.Remote;

public sealed class RemoteEndToEndTests : IDisposable
{
    private readonly MosquittoBroker _broker = MosquittoBroker.Start();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void What_is_desired_is_applied_refused_or_deferred_and_survives_a_kill()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        Assert.Equal(0, (long)agent.Answer(0, 200)["applied_version"]!);

        agent.Desire("""{"version":5,"settings":{"recognition":{"threshold":0.5},"logging":{"level":"debug"}}}""");
        var applied = agent.Answer(5, 200);
        Assert.Equal(0.5, (double)applied["settings"]!["recognition"]!["threshold"]!);
        Assert.NotNull(applied["applied_at"]);
        agent.Until(() => agent.Log.Contains(" DBG ", StringComparison.Ordinal), "debug lines in the log");

        agent.Desire("""{"version":6,"settings":{"recognition":{"threshold":7,"oops":1},"data_folder":"/","mqtt":{"keep_alive_seconds":"often"}}}""");
        var refused = agent.Answer(6, 400);
        Assert.Equal(["mqtt.keep_alive_seconds", "recognition.oops", "recognition.threshold"], refused["status"]!["errors"]!.AsArray().Select(error => (string)error!["path"]!).Order(StringComparer.Ordinal));
        Assert.Equal(5, (long)refused["applied_version"]!);

        agent.Desire("""{"version":4,"settings":{}}""");
        agent.Answer(4, 409);

        agent.Desire("""{"version":7,"settings":{"data_folder":"/"}}""");
        agent.Answer(7, 403);

        agent.Desire("""{"version":8,"settings":{"recognition":{"threshold":0.6},"tracking":{"max_lost_ms":900}}}""");
        var deferred = agent.Answer(8, 202);
        Assert.Equal("""["tracking.max_lost_ms"]""", deferred["restart_required"]!.ToJsonString());

        agent.Kill();
        agent.Start();
        var restarted = agent.Answer(8, 200);
        Assert.Equal(900, (int)restarted["settings"]!["tracking"]!["max_lost_ms"]!);
        Assert.Empty(restarted["restart_required"]!.AsArray());
        agent.Stop();
        var (code, complaints) = SchemaValidator.Run(Path.Combine(Repository.Root, "src/EdgeFace.Messaging/Schemas/config-reported.schema.json"), agent.Reports().Select(report => report.ToJsonString()));
        Assert.True(code == 0, complaints);
    }

    [Fact]
    public void A_dead_broker_is_rolled_back_and_reported()
    {
        using var agent = new RemoteAgent(_broker, """{"probation_seconds":4}""");
        agent.Start();
        agent.Answer(0, 200);
        agent.Desire($$$$"""{"version":1,"settings":{"mqtt":{"servers":["127.0.0.1:{{{{MosquittoBroker.FreePort()}}}}"]}}}""");
        var reported = agent.Answer(1, 500);
        Assert.Contains("no connection with version 1 within 4 s", (string)reported["status"]!["description"]!, StringComparison.Ordinal);
        Assert.Equal(0, (long)reported["applied_version"]!);

        // The retained document comes again, and is not tried again; a later one is.
        agent.Desire("""{"version":2,"settings":{"recognition":{"min_quality":0.5}}}""");
        agent.Answer(2, 200);
        agent.Stop();
    }

    [Fact]
    public void A_device_moves_to_another_broker_under_another_name()
    {
        using var other = MosquittoBroker.Start();
        using var there = new MqttObserver(other);
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Desire($$$$"""{"version":1,"settings":{"device":"gate","mqtt":{"servers":["127.0.0.1:{{{{other.Port}}}}"]}}}""");
        var messages = there.WaitFor(seen => seen.Any(message => message.Topic == "edgeface/gate/config/reported" && (int)JsonNode.Parse(message.Payload)!["status"]!["code"]! == 200), TimeSpan.FromSeconds(60));
        Assert.Contains(messages, message => message.Topic == "edgeface/gate/status" && message.Text == "online");
        Assert.Contains(agent.Observer.Messages, message => message.Topic == "edgeface/door/status" && message.Text == "offline");
        agent.Until(() => there.Messages.Any(message => message.Topic == "edgeface/gate/config/reported"
            && message.Text.Contains($"what was retained at 127.0.0.1:{_broker.Port} was taken back", StringComparison.Ordinal)), "said");
        // What is left is not the device's: the document that was desired of it.
        Assert.Equal(["edgeface/door/config/desired"], Retained(_broker));
        Assert.Contains("edgeface/gate/status", Retained(other));
        agent.Stop();
    }

    [Fact]
    public void What_is_left_at_a_broker_that_is_gone_is_said()
    {
        using var other = MosquittoBroker.Start();
        other.Terminate();
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Desire($$$$"""{"version":1,"settings":{"mqtt":{"servers":["127.0.0.1:{{{{other.Port}}}}"]}}}""");
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/door/status" && message.Text == "offline"), "left");
        _broker.Kill();
        other.Restart();
        using var there = new MqttObserver(other);
        agent.Until(() => there.Messages.Any(message => message.Topic == "edgeface/door/config/reported"
            && message.Text.Contains($"what was retained at 127.0.0.1:{_broker.Port} is left there: 127.0.0.1:{_broker.Port} refuses the connection", StringComparison.Ordinal)), "said");
        agent.Stop();
    }

    [Fact]
    public void A_broker_by_another_address_keeps_what_is_retained()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Desire($$$$"""{"version":1,"settings":{"mqtt":{"servers":["localhost:{{{{_broker.Port}}}}"]}}}""");
        agent.Until(() => agent.Reports().LastOrDefault()?["status"]?["description"]?.ToString().Contains("was taken back", StringComparison.Ordinal) == true, "said");
        agent.Until(() => Retained(_broker).Contains("edgeface/door/status") && Retained(_broker).Contains("edgeface/door/config/reported"), "told once more");
        agent.Stop();
    }

    private static List<string> Retained(MosquittoBroker broker)
    {
        using var late = new MqttObserver(broker);
        late.Publish("end", "x");
        return [.. late.WaitFor(messages => messages.Any(message => message.Topic == "end")).Where(message => message.Retained).Select(message => message.Topic)];
    }

    [Fact]
    public void Settings_the_agent_cannot_start_with_are_given_up()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        // The folder is there, so that the rules have nothing against it; a model is not in it.
        agent.Desire("""{"version":1,"settings":{"models":{"landmarks":"detector-rfb320"}}}""");
        agent.Answer(1, 202);
        agent.Stop();
        agent.Start();
        var reported = agent.Answer(1, 500);
        Assert.Contains("cannot start with version 1", (string)reported["status"]!["description"]!, StringComparison.Ordinal);
        agent.Stop();
    }

    [Fact]
    public void Three_kills_in_a_row_after_a_change_bring_the_last_good_settings_back()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        agent.Desire("""{"version":1,"settings":{"recognition":{"threshold":0.5}}}""");
        agent.Answer(1, 200);
        for (var i = 0; i < 3; i++)
        {
            var seen = agent.Reports().Count();
            agent.Kill();
            agent.Start();
            agent.Until(() => agent.Reports().Skip(seen).Any(), "a report after the start");
        }

        var reported = agent.Answer(1, 500);
        Assert.Contains("crashed 3 times in a row", (string)reported["status"]!["description"]!, StringComparison.Ordinal);
        Assert.Null(reported["settings"]!["recognition"]!["threshold"]);
        agent.Stop();
    }
}
