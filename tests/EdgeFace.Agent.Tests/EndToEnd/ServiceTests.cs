using System.Net.Sockets;
using System.Text;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>The agent under a service manager.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ServiceTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void Service_manager_is_told_of_start_life_and_stop()
    {
        using var home = new AgentHome(gallery);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(home.File("notify")));
        socket.ReceiveTimeout = (int)AgentProcess.Patience.TotalMilliseconds;
        var configuration = home.Configure(port: 0, new { name = "entrance", source = gallery.Visitor, loop = -1 });
        using var agent = AgentProcess.Start(
            ["run", "--config", configuration, "--print-events"], ("NOTIFY_SOCKET", home.File("notify")), ("WATCHDOG_USEC", "400000"));

        Assert.Equal("READY=1", Receive());
        for (var i = 0; i < 3; i++)
            Assert.Equal("WATCHDOG=1", Receive());
        Assert.False(agent.HasExited);
        agent.Signal(AgentProcess.SigTerm);
        var message = Receive();
        while (message == "WATCHDOG=1")
            message = Receive();
        Assert.Equal("STOPPING=1", message);
        Assert.Equal(0, agent.End());
        agent.AssertNoErrors();

        string Receive()
        {
            var buffer = new byte[256];
            return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
        }
    }

    [ClipFact]
    public void Duration_ends_the_run_well()
    {
        using var home = new AgentHome(gallery);
        using var agent = AgentProcess.Run(home.Configure(port: 0, new { name = "entrance", source = Clips.Path("cap13_edit2.mp4") }), "--duration", "2");
        Assert.Equal(0, agent.End());
        agent.AssertNoErrors();
        VisitLog.AssertWhole(agent.Events);
        Assert.InRange(home.Metrics()["cameras"]![0]!["captured"]!.GetValue<long>(), 1, 100);
    }
}
