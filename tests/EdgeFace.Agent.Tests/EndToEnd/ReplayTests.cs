using System.Text.Json.Nodes;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>A visit that was recorded is decided again.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ReplayTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void Recorded_visit_is_decided_the_same_way_again_and_otherwise_once_the_person_is_removed()
    {
        using var home = new AgentHome(gallery);
        var recordings = new JsonObject { ["recordings"] = new JsonObject { ["enabled"] = true } };
        var configuration = home.Configure(port: 0, recordings, new { name = "entrance", source = gallery.Visitor, pace = "max" });
        using (var agent = AgentProcess.Run(configuration))
        {
            Assert.Equal(0, agent.End());
            agent.AssertNoErrors();
        }

        var recording = Assert.Single(Directory.GetFiles(Path.Combine(home.Data, "recordings")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(recording));

        var (same, output, error) = AgentProcess.Finish(["replay", recording, "--data", home.Data, "--json"]);
        Assert.True(same == 0, error);
        var replayed = JsonNode.Parse(output)!;
        Assert.True(replayed["same"]!.GetValue<bool>());
        Assert.True(replayed["steps"]!.AsArray().Count > 1);
        Assert.StartsWith("known ", replayed["steps"]!.AsArray()[^1]!["replayed"]!.GetValue<string>(), StringComparison.Ordinal);

        Assert.Equal(0, AgentProcess.Finish(["gallery", "remove", EnrolledGallery.Name, "--data", home.Data]).ExitCode);
        var (differs, changed, _) = AgentProcess.Finish(["replay", recording, "--data", home.Data, "--json"]);
        Assert.Equal(1, differs);
        Assert.False(JsonNode.Parse(changed)!["same"]!.GetValue<bool>());
        Assert.Contains(JsonNode.Parse(changed)!["notes"]!.AsArray(), note => note!.GetValue<string>().Contains("revision", StringComparison.Ordinal));
    }
}
