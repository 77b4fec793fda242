using System.Text.Json.Nodes;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
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
    public void A_threshold_of_a_persons_own_holds_for_visits_pictures_new_faces_and_recordings()
    {
        using var home = new AgentHome(gallery);
        var (set, told, error) = AgentProcess.Finish("gallery", "threshold", EnrolledGallery.Name, "0.99", "--data", home.Data, "--json");
        Assert.True(set == 0, error);
        Assert.Equal(0.99, JsonNode.Parse(told)!["threshold"]!.GetValue<double>(), 1e-6);
        var recordings = new JsonObject { ["recordings"] = new JsonObject { ["enabled"] = true } };
        using (var agent = AgentProcess.Run(home.Configure(port: 0, recordings, new { name = "entrance", source = gallery.Visitor, pace = "max" })))
        {
            Assert.Equal(0, agent.End());
            agent.AssertNoErrors();
            VisitLog.AssertValid(agent.Events);
            var end = agent.Events.Single(visit => visit.Is("end", "entrance"));
            Assert.Equal(("unknown", null), (end.Text("decision"), end.PersonName()));
            Assert.Equal(0.99, end["threshold"]!.GetValue<double>(), 1e-6);
            Assert.InRange(end["similarity"]!.GetValue<double>(), 0.5, 0.99);
        }

        var recording = Assert.Single(Directory.GetFiles(Path.Combine(home.Data, "recordings")));
        Assert.True(Json("replay", recording)["same"]!.GetValue<bool>());
        var picture = home.File("picture.png");
        FfmpegTool.Run("-ss", "1", "-i", gallery.Visitor, "-frames:v", "1", picture);
        var stranger = Assert.Single(Json("identify", picture)["faces"]!.AsArray())!;
        Assert.Equal(("unknown", 0.99), (stranger.Text("decision"), Math.Round(stranger["threshold"]!.GetValue<double>(), 6)));
        Assert.Null(Json("enroll", "Somebody else", picture)["resembles"]);
        Json("gallery", "remove", "Somebody else");

        Assert.Null(Json("gallery", "threshold", EnrolledGallery.Name, "--clear")["threshold"]);
        Assert.Equal("known", Assert.Single(Json("identify", picture)["faces"]!.AsArray())!.Text("decision"));
        Assert.Equal(EnrolledGallery.Name, Json("enroll", "Somebody else", picture)["resembles"]!.Text("name"));
        foreach (var (wrong, reason) in new (string[], string)[] { (["1.5"], "must be from -1 to 1"), (["0.5", "--clear"], "not both") })
        {
            var (code, _, why) = AgentProcess.Finish(["gallery", "threshold", EnrolledGallery.Name, .. wrong, "--data", home.Data]);
            Assert.Equal(2, code);
            Assert.Contains(reason, why, StringComparison.Ordinal);
        }

        JsonNode Json(params string[] arguments)
        {
            var (code, output, why) = AgentProcess.Finish([.. arguments, "--data", home.Data, "--json"]);
            Assert.True(code == 0, why);
            return JsonNode.Parse(output)!;
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
