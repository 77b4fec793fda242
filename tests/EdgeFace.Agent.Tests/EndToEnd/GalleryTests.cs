using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>The gallery is changed by other processes while the agent runs.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class GalleryTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void Person_enrolled_in_mid_visit_becomes_known_and_one_removed_is_a_stranger_to_the_next_visit()
    {
        using var home = new AgentHome();
        using var agent = AgentProcess.Run(home.Configure(
            port: 0,
            new { name = "hall", source = Clips.Path("cap13_edit2.mp4") },
            new { name = "door", source = gallery.Visitor, loop = -1 }));
        var visit = agent.WaitForEvent(seen => seen.Is("begin", "hall"), "a visit").Text("visit");
        Assert.Equal("unknown", agent.Events.Single(seen => seen.Is("begin", "hall")).Text("decision"));

        var (code, _, error) = AgentProcess.Finish(["enroll", EnrolledGallery.Name, .. gallery.Pictures, "--data", home.Data]);
        Assert.True(code == 0, error);
        var update = agent.WaitForEvent(seen => seen.Is("update", "hall"), "an update");
        Assert.Equal((visit, "known", EnrolledGallery.Name), (update.Text("visit"), update.Text("decision"), update.PersonName()));
        agent.WaitForEvent(seen => seen.Is("begin", "door") && seen.PersonName() == EnrolledGallery.Name, "a known visit at the door");

        (code, _, error) = AgentProcess.Finish("gallery", "remove", EnrolledGallery.Name, "--data", home.Data);
        Assert.True(code == 0, error);
        agent.WaitForLog(": 0 people, 0 templates.");
        var before = agent.Events.Count;
        agent.WaitFor(() => agent.Events.Skip(before).Any(seen => seen.Is("begin", "door") && seen.Text("decision") == "unknown"), "an unknown visit at the door");
        agent.Stop();
        VisitLog.AssertWhole(agent.Events);
        VisitLog.AssertValid(agent.Events);
    }
}
