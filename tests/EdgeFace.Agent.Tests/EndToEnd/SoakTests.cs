using System.Globalization;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>An agent that has work without end does not grow.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class SoakTests(EnrolledGallery gallery)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    [ClipFact]
    public void Memory_does_not_grow_over_thousands_of_frames()
    {
        // The slow form: tests/run.sh --full soak.
        var duration = Environment.GetEnvironmentVariable("EDGEFACE_SOAK_MINUTES") is { Length: > 0 } minutes
            ? TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture))
            : TimeSpan.FromSeconds(18);
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(port: 0, new { name = "entrance", source = gallery.Visitor, pace = "max", loop = -1 }));
        agent.WaitForEvent(visit => visit.Is("end", "entrance"), "a visit");

        var early = HighestOver(agent, WarmUp);
        Wait(agent, duration - WarmUp - WarmUp);
        var late = HighestOver(agent, WarmUp);
        agent.Stop();
        VisitLog.AssertWhole(agent.Events);
        Assert.True(agent.Events.Count >= 10, $"only {agent.Events.Count} events");
        Assert.True(late <= early * 1.15, $"resident memory grew from {early >> 20} MB to {late >> 20} MB");
    }

    /// <summary>The highest of many samples: garbage comes and goes.</summary>
    private static long HighestOver(AgentProcess agent, TimeSpan time)
    {
        var begun = TimeProvider.System.GetTimestamp();
        long highest = 0;
        while (TimeProvider.System.GetElapsedTime(begun) < time)
        {
            highest = Math.Max(highest, agent.Resident);
            Wait(agent, Period);
        }

        return highest;
    }

    private static void Wait(AgentProcess agent, TimeSpan time)
    {
        if (time > TimeSpan.Zero)
            Thread.Sleep(time);
        Assert.False(agent.HasExited, "the agent ended");
    }
}
