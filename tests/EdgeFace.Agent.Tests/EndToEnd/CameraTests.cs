using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>Cameras that are not there, break or are no cameras: the others go on, and each is complained of once.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class CameraTests(EnrolledGallery gallery)
{
    private const string Password = "Spatzenhirn-4711";

    [ClipFact]
    public void Cameras_that_cannot_be_read_leave_the_others_alone()
    {
        using var home = new AgentHome(gallery);
        File.WriteAllText(home.File("letter.mp4"), "This is a letter, not a film.");
        Directory.CreateDirectory(home.File("empty"));
        var port = MosquittoBroker.FreePort();
        (string Name, string Source, string Reason)[] bad =
        [
            ("missing", home.File("none.mp4"), "there is no such file"),
            ("letter", home.File("letter.mp4"), "it is no video that ffmpeg can read"),
            ("device", "/dev/video63", "there is no such device"),
            ("empty", home.File("empty"), "There is no picture"),
            ("refused", $"rtsp://guard:{Password}@127.0.0.1:{port}/live", "nothing listens there"),
        ];
        object[] cameras = [.. bad.Select(camera => new { name = camera.Name, source = camera.Source, reopen_ms = 200, max_reopen_ms = 60_000 })];
        using var agent = AgentProcess.Run(home.Configure(port: 0, [.. cameras, new { name = "good", source = gallery.Visitor, loop = -1 }]), "--verbose");

        agent.WaitForEvent(visit => visit.Is("end", "good"), "a visit at the good camera");
        foreach (var (name, _, _) in bad)
            agent.WaitFor(() => agent.CountLog($"Camera {name}: ") >= 3, $"three attempts of {name}");
        Assert.All(bad, camera => Assert.False(agent.HasExited, camera.Name));
        agent.Stop("Trying again, with growing pauses.");

        foreach (var (name, _, reason) in bad)
        {
            var lines = agent.Log.Where(line => line.Contains($"Camera {name}: ", StringComparison.Ordinal)).ToList();
            Assert.Contains(reason, Assert.Single(lines, line => line.Contains(" ERR ", StringComparison.Ordinal)), StringComparison.Ordinal);
            AssertPausesGrow(name, lines);
        }

        VisitLog.AssertWhole(agent.Events);
        home.AssertNotLogged(agent, Password);
    }

    [ClipFact]
    public void Broken_picture_of_a_folder_is_left_out_and_the_others_are_shown()
    {
        using var home = new AgentHome(gallery);
        var folder = home.File("pictures");
        Directory.CreateDirectory(folder);
        var whole = File.ReadAllBytes(gallery.Pictures[0]);
        File.WriteAllBytes(Path.Combine(folder, "1.png"), whole);
        File.WriteAllBytes(Path.Combine(folder, "2.png"), whole[..(whole.Length / 2)]);
        File.WriteAllBytes(Path.Combine(folder, "3.png"), []);
        File.WriteAllBytes(Path.Combine(folder, "4.png"), whole);
        using var agent = AgentProcess.Run(home.Configure(port: 0, new { name = "album", source = folder, pace = "max" }));

        Assert.Equal(0, agent.End());
        agent.AssertNoErrors();
        Assert.Equal(2, agent.CountLog("a picture is passed over"));
        Assert.Equal(2, agent.Events.Count(visit => visit.Is("end", "album") && visit.PersonName() == EnrolledGallery.Name));
        VisitLog.AssertWhole(agent.Events);
    }

    [ClipFact]
    public void Network_camera_that_hangs_or_hangs_up_ends_its_visit_and_is_opened_anew()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions
        {
            Input = ["-stream_loop", "-1", "-i", Clips.Path("cap13_edit2.mp4")], User = "guard", Password = Password,
        });
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(
            port: 0, new { name = "gate", source = camera.Url, stall_timeout_ms = 1500, reopen_ms = 200, max_reopen_ms = 1000 }), "--verbose");
        agent.WaitForEvent(visit => visit.Is("begin", "gate"), "a visit");

        camera.Hang();
        agent.WaitFor(() => agent.Events.Count(visit => visit.Is("end", "gate")) == 1, "the end of the visit that was under way");
        Assert.Equal(1, agent.CountLog("it stopped sending after"));
        camera.Resume();
        agent.WaitFor(() => agent.Events.Count(visit => visit.Is("begin", "gate")) == 2, "another visit");

        camera.Hangup();
        agent.WaitFor(() => agent.Events.Count(visit => visit.Is("end", "gate")) == 2, "the end of the second visit");
        agent.WaitFor(() => agent.Events.Count(visit => visit.Is("begin", "gate")) == 3, "a third visit");
        agent.Stop("Trying again, with growing pauses.");

        Assert.Equal(2, agent.CountLog("Trying again, with growing pauses."));
        Assert.Equal(3, agent.CountLog("frames are coming in from"));
        VisitLog.AssertWhole(agent.Events);
        home.AssertNotLogged(agent, Password);
    }

    [ClipFact]
    public void Network_camera_that_changes_its_picture_size_is_opened_anew()
    {
        using var home = new AgentHome();
        using var camera = new ReplayCamera(new ReplayCameraOptions { Input = ["-i", TwoSizes.Write(home.Folder, framesEach: 80)], Codec = ["-c:v", "copy"] });
        using var agent = AgentProcess.Run(home.Configure(port: 0, new { name = "gate", source = camera.Url, reopen_ms = 200 }));
        agent.WaitForLog("160x120.");
        agent.WaitForLog("the pictures changed their size to 320x240");
        agent.WaitForLog("320x240.");
        agent.Stop("the pictures changed their size to 320x240");
    }

    /// <summary>The lines say at which attempt and, in front, when.</summary>
    private static void AssertPausesGrow(string camera, List<string> lines)
    {
        var times = lines.Select(line => TimeSpan.Parse(line[..12], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var pauses = times.Zip(times.Skip(1), (a, b) => b - a).Select(pause => pause < TimeSpan.Zero ? pause + TimeSpan.FromDays(1) : pause).ToList();
        Assert.True(pauses[1] > pauses[0] && pauses[1] >= TimeSpan.FromMilliseconds(395), $"{camera}: {string.Join(", ", pauses)}");
    }
}
