using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>What was decided is delivered or kept, whatever happens to the agent or the broker.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class DeliveryTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void SIGTERM_in_mid_visit_ends_the_visit_and_delivers_it()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker, "edgeface/#");
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = Clips.Path("cap13_edit2.mp4") }));
        agent.WaitForEvent(visit => visit.Is("begin", "entrance"), "a visit");
        agent.Stop();

        var seen = observer.WaitFor(messages => messages.Any(message => message.Text == "offline"));
        VisitLog.AssertWhole(agent.Events);
        Assert.Equal(agent.Events.Ids(), seen.Ids());
        Assert.Single(agent.Log, line => line.EndsWith("Stopped; 0 events are kept for the next start.", StringComparison.Ordinal));
    }

    [ClipFact]
    public void What_no_broker_took_is_kept_over_the_stop_and_delivered_by_the_next_run()
    {
        using var broker = MosquittoBroker.Start();
        broker.Kill();
        using var home = new AgentHome(gallery);
        var blank = home.File("blank.mkv");
        NumberedClip.Write(blank, 320, 240, 10, 30);
        HashSet<string> decided;
        using (var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = gallery.Visitor, pace = "max", loop = 1 }, new { name = "door", source = gallery.Visitor, loop = -1 })))
        {
            agent.WaitFor(() => agent.Events.Count(visit => visit.Is("end", "entrance")) == 2 && agent.Events.Any(visit => visit.Is("begin", "door")), "three visits");
            agent.Stop();
            VisitLog.AssertWhole(agent.Events);
            decided = agent.Events.Ids();
            Assert.Equal(1, agent.CountLog($"Stopped; {decided.Count} events are kept"));
            Assert.Equal(1, agent.CountLog("No connection to"));
        }

        broker.Restart();
        using var observer = new MqttObserver(broker, "edgeface/#");
        using (var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = blank })))
        {
            Assert.Equal(0, agent.End());
            agent.AssertNoErrors();
            Assert.Empty(agent.Out);
        }

        Assert.Equal(decided, observer.WaitFor(seen => seen.Any(message => message.Text == "offline")).Ids());
    }

    [ClipFact]
    public void Broker_that_is_late_and_broker_that_is_killed_cost_no_event()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        proxy.Refuse();
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(proxy.Port, new { name = "entrance", source = gallery.Visitor, loop = -1 }));
        var first = agent.WaitForEvent(visit => visit.Is("end", "entrance"), "a visit without a broker").Text("id");
        Assert.Equal(1, agent.CountLog("No connection to"));

        HashSet<string> received;
        using (var observer = new MqttObserver(broker, "edgeface/#"))
        {
            proxy.Accept();
            observer.WaitFor(seen => seen.Ids().Contains(first), AgentProcess.Patience);
            // The proxy is shut first: what is acknowledged has then been seen by the observer.
            proxy.Refuse();
            received = observer.Messages.Ids();
        }

        agent.WaitForLog(" lost: ");
        broker.Kill();
        var known = agent.Events.Count;
        agent.WaitFor(() => agent.Events.Skip(known).Any(visit => visit.Is("end", "entrance")), "a visit while the broker is gone");
        broker.Restart();
        using (var observer = new MqttObserver(broker, "edgeface/#"))
        {
            proxy.Accept();
            observer.WaitFor(seen => agent.Events.Take(known + 1).Ids().IsSubsetOf(received.Union(seen.Ids())), AgentProcess.Patience);
            agent.Stop();
            received.UnionWith(observer.WaitFor(seen => seen.Any(message => message.Text == "offline")).Ids());
        }

        VisitLog.AssertWhole(agent.Events);
        Assert.Equal(agent.Events.Ids().Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
        Assert.Equal(1, agent.CountLog(" lost: "));
        Assert.InRange(agent.CountLog("No connection to"), 1, 2);
    }
}
