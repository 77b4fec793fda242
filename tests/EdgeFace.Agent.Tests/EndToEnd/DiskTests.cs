using System.Diagnostics;
using EdgeFace.Agent.Configuration;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>A disk that is full or cannot be written.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class DiskTests(EnrolledGallery gallery)
{
    [TmpfsFact]
    public void Full_disk_costs_events_that_are_counted_and_the_agent_goes_on()
    {
        using var folder = new TemporaryFolder();
        using var disk = SmallDisk.Mount(folder.File("disk"), "4m");
        using var home = new AgentHome { Data = disk.Path };
        gallery.CopyTo(disk.Path);
        using var broker = MosquittoBroker.Start();
        broker.Kill();
        using var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = gallery.Visitor, loop = -1 }));
        agent.WaitForEvent(visit => visit.Is("begin", "entrance"), "a visit");

        disk.Fill();
        agent.WaitForLog("could not be kept and is lost", times: 2);
        disk.MakeRoom();
        agent.WaitForLog("can be written again");
        var before = agent.Events.Count;
        agent.WaitFor(() => agent.Events.Skip(before).Any(visit => visit.Is("end", "entrance")), "a visit after there was room again");
        broker.Restart();
        using var observer = new MqttObserver(broker, "edgeface/#");
        agent.Signal(AgentProcess.SigTerm);

        // Events were lost: the exit code says so.
        Assert.Equal(1, agent.End(TimeSpan.FromSeconds(10)));
        agent.AssertNoErrors("could not be kept and is lost", "The disk of the outbox");
        Assert.Equal(1, agent.CountLog(" ERR  The disk of the outbox"));
        VisitLog.AssertWhole(agent.Events);
        Assert.Equal(agent.CountLog("could not be kept and is lost"), home.Metrics()["events_lost"]!.GetValue<long>());
    }

    [ClipFact]
    public void Outputs_that_cannot_be_written_cost_their_lines_and_nothing_else()
    {
        using var home = new AgentHome(gallery);
        var configuration = home.Configure(port: 0, new { name = "entrance", source = gallery.Visitor, pace = "max" });
        // Every write to /dev/full fails as one to a full disk does.
        using var shell = Process.Start(new ProcessStartInfo(
            "sh", ["-c", "exec dotnet \"$@\" >/dev/full 2>/dev/full", "sh", typeof(AgentOptions).Assembly.Location, "run", "--config", configuration, "--print-events"]))!;
        Assert.True(shell.WaitForExit(AgentProcess.Patience));
        Assert.Equal(0, shell.ExitCode);
        Assert.Equal((1, 1), ((int)home.Metrics()["visits_begun"]!, (int)home.Metrics()["visits_ended"]!));
        Assert.Contains("Events are no longer printed", File.ReadAllText(Path.Combine(home.Data, "log", "edgeface.log")), StringComparison.Ordinal);
    }

    [TmpfsFact]
    public void Read_only_data_folder_stops_the_start_with_one_clear_line()
    {
        using var folder = new TemporaryFolder();
        using var disk = SmallDisk.Mount(folder.File("disk"), "4m");
        using var home = new AgentHome { Data = disk.Path };
        gallery.CopyTo(disk.Path);
        disk.MakeReadOnly();
        AssertRefused(home, expected: 1);
    }

    [ClipFact]
    public void Data_folder_that_is_a_file_stops_the_start_with_one_clear_line()
    {
        using var home = new AgentHome();
        File.WriteAllText(home.File("taken"), "");
        using var other = new AgentHome { Data = home.File("taken") };
        AssertRefused(other, expected: 2);
    }

    private void AssertRefused(AgentHome home, int expected)
    {
        var (code, output, error) = AgentProcess.Finish("run", "--config", home.Configure(1883, new { name = "entrance", source = gallery.Visitor }));
        Assert.Equal("", output);
        Assert.Contains(home.Data, Assert.Single(error.Split('\n'), line => line.StartsWith("edgeface: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }
}
