using System.Text.Json.Nodes;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>From a film to events on a real broker.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RecognitionTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void Enrolled_person_is_recognised_in_another_film_and_a_stranger_is_unknown()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker, "edgeface/#");
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(
            broker.Port,
            new { name = "entrance", source = Clips.Path("cap13_edit2.mp4"), pace = "max", duration_seconds = 6 },
            new { name = "yard", source = gallery.Stranger, pace = "max" }));
        Assert.Equal(0, agent.End());
        agent.AssertNoErrors();

        var messages = observer.WaitFor(seen => seen.Any(message => message.Text == "offline"));
        var events = messages.Visits().ToList();
        VisitLog.AssertWhole(events);
        VisitLog.AssertValid(events);
        Assert.All(messages.Where(message => message.Topic.EndsWith("/visit", StringComparison.Ordinal)), message =>
            Assert.Equal($"edgeface/{AgentHome.Device}/camera/{JsonNode.Parse(message.Payload)!.Text("camera")}/visit", message.Topic));

        var entrance = events.Where(visit => visit.Text("camera") == "entrance").ToList();
        Assert.Single(entrance.Select(visit => visit.Text("visit")).Distinct());
        Assert.All(entrance, visit => Assert.Equal(EnrolledGallery.Name, visit.PersonName()));
        Assert.All(entrance, visit => Assert.True(visit["similarity"]!.GetValue<double>() >= visit["threshold"]!.GetValue<double>()));
        var yard = events.Where(visit => visit.Text("camera") == "yard").ToList();
        Assert.All(yard, visit => Assert.Null(visit.PersonName()));
        Assert.Equal("unknown", yard.Single(visit => visit.Text("type") == "end").Text("decision"));

        Assert.Equal(events.Ids(), agent.Events.Ids());
        Assert.Equal(["online", "offline"], messages.Where(message => message.Topic == $"edgeface/{AgentHome.Device}/status").Select(message => message.Text));
        home.AssertNotLogged(agent, "Zora");
        home.AssertNotLogged(agent, "Quibblethwaite");
    }

    [ClipFact]
    public void Same_film_is_decided_the_same_way_again_and_no_frame_is_lost()
    {
        var first = Decide();
        Assert.Equal(8, first.Count);
        Assert.Equal(first, Decide());

        List<string> Decide()
        {
            using var home = new AgentHome(gallery);
            using var agent = AgentProcess.Run(home.Configure(
                port: 0,
                new { name = "entrance", source = gallery.Visitor, pace = "max", loop = 2 },
                new { name = "yard", source = gallery.Stranger, pace = "max" }));
            Assert.Equal(0, agent.End());
            agent.AssertNoErrors();
            VisitLog.AssertWhole(agent.Events);
            foreach (var (camera, frames) in new[] { ("entrance", 3 * EnrolledGallery.FilmFrames), ("yard", EnrolledGallery.FilmFrames) })
            {
                var counted = home.Metrics()["cameras"]!.AsArray().Single(metrics => metrics!.Text("camera") == camera)!;
                Assert.Equal(frames, counted["captured"]!.GetValue<long>());
                Assert.Equal(frames, counted["frames"]!.GetValue<long>());
            }

            // The identities and the clock differ; all that was decided must not.
            string[] decided = ["camera", "type", "decision", "person", "similarity", "best_similarity", "quality", "box", "frames", "faces", "duration_ms"];
            var visits = agent.Events.Select(visit => visit.Text("visit")).Distinct().Order(StringComparer.Ordinal).ToList();
            Assert.Equal(4, visits.Count);
            return [.. agent.Events.OrderBy(visit => visit.Text("camera"), StringComparer.Ordinal)
                .Select(visit => string.Join(' ', decided.Select(field => $"{field}={visit[field]?.ToJsonString()}")))];
        }
    }

    [ClipFact]
    public void Status_is_online_and_retained_and_the_last_will_says_offline_after_SIGKILL()
    {
        using var broker = MosquittoBroker.Start();
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = gallery.Visitor, loop = -1 }));
        agent.WaitForEvent(visit => visit.Is("begin", "entrance"), "a visit");
        agent.WaitForLog("Connected to");

        // Whoever comes later learns of it from the retained value.
        using var observer = new MqttObserver(broker, "edgeface/+/status");
        observer.WaitFor(seen => seen is [{ Retained: true, Text: "online" }, ..]);
        agent.Signal(AgentProcess.SigKill);
        observer.WaitFor(seen => seen is [_, { Text: "offline" }]);
        Assert.Equal(128 + AgentProcess.SigKill, agent.End());
        agent.AssertNoErrors();
    }
}
