using System.Net.Sockets;
using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Messaging;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using EdgeFace.TestKit.Mqtt;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;

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
    public async Task A_hung_stage_is_found_by_its_name_and_stops_the_pings()
    {
        using var home = new AgentHome(gallery);
        using var log = new ListLoggerFactory();
        using var hang = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var options = new AgentOptions
        {
            Device = AgentHome.Device, DataFolder = home.Data, Mqtt = new BrokerOptions { Enabled = false },
            Cameras = [new CameraOptions { Name = "entrance", Source = gallery.Visitor, Pace = SourcePace.Max }],
        };
        await using var runtime = await AgentRuntime.OpenAsync(options, print: null, _ =>
        {
            hang.Set();
            go.Wait(AgentProcess.Patience);
        }, TimeProvider.System, log);
        var lifetime = new ApplicationLifetime(log.CreateLogger<ApplicationLifetime>());
        using var service = new AgentService(
            runtime, new MetricsFile(options, runtime, TimeProvider.System), lifetime, TimeProvider.System, log.CreateLogger<AgentService>(), TimeSpan.Zero);
        var run = runtime.RunAsync(CancellationToken.None);
        Assert.True(hang.Wait(AgentProcess.Patience));
        Assert.Null(runtime.FindHung(AgentProcess.Patience));
        var begun = TimeProvider.System.GetTimestamp();
        while (service.GetsOn(TimeSpan.Zero))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < AgentProcess.Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.False(service.GetsOn(TimeSpan.Zero));
        Assert.Equal("publish", runtime.FindHung(AgentService.LeastPatience));
        Assert.Single(log.Lines, line => line.Message.Contains("The stage publish does not get on", StringComparison.Ordinal));
        go.Set();
        await run.WaitAsync(AgentProcess.Patience, TimeProvider.System);
        Assert.True(service.GetsOn(TimeSpan.Zero));
    }

    [ClipFact]
    public async Task A_hung_outbox_stops_the_pings_and_a_broker_that_is_away_does_not()
    {
        using var home = new AgentHome(gallery);
        using var log = new ListLoggerFactory();
        using var go = new ManualResetEventSlim();
        var time = new ManualTimeProvider();
        var options = new AgentOptions
        {
            Device = AgentHome.Device, DataFolder = home.Data, Mqtt = new BrokerOptions { Servers = [$"127.0.0.1:{MosquittoBroker.FreePort()}"] },
            Cameras = [new CameraOptions { Name = "entrance", Source = gallery.Visitor, Pace = SourcePace.Max }],
        };
        await using var runtime = await AgentRuntime.OpenAsync(options, print: null, observer: null, time, log);
        var lifetime = new ApplicationLifetime(log.CreateLogger<ApplicationLifetime>());
        using var service = new AgentService(runtime, new MetricsFile(options, runtime, time), lifetime, time, log.CreateLogger<AgentService>(), TimeSpan.Zero);
        runtime.Session!.Start();
        for (var minute = 0; minute < 30; minute++)
        {
            Thread.Sleep(20);
            time.Advance(TimeSpan.FromMinutes(1));
            await UntilGetsOn(service);
        }

        await runtime.Outbox!.AppendAsync(new OutboxMessage("1", "edgeface/x", "{}"u8.ToArray(), MessagePriority.VisitBegin, "k", time.GetUtcNow(), null));
        var rewriting = runtime.Outbox.RewriteAsync("{"u8.ToArray(), _ =>
        {
            go.Wait(AgentProcess.Patience);
            return null;
        });
        var begun = TimeProvider.System.GetTimestamp();
        while (service.GetsOn(TimeSpan.Zero))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < AgentProcess.Patience);
            Thread.Sleep(20);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("outbox", runtime.FindHung(TimeSpan.FromDays(1)));
        Assert.Contains(log.Lines, line => line.Message.Contains("The stage outbox does not get on", StringComparison.Ordinal));
        go.Set();
        await rewriting;
        await UntilGetsOn(service);
    }

    // The clock jumps here; threads say only a moment later that they are well.
    private static async Task UntilGetsOn(AgentService service)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!service.GetsOn(TimeSpan.FromDays(1)))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < AgentProcess.Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    [ClipFact]
    public void Duration_ends_the_run_well()
    {
        // The film has no end of its own. A machine with other work needs longer until it has seen somebody.
        foreach (var seconds in (int[])[2, 8, 32])
        {
            using var home = new AgentHome(gallery);
            var begun = TimeProvider.System.GetTimestamp();
            using var agent = AgentProcess.Run(
                home.Configure(port: 0, new { name = "entrance", source = Clips.Path("cap13_edit2.mp4"), loop = -1 }), "--duration", $"{seconds}");
            Assert.Equal(0, agent.End(AgentProcess.Patience + TimeSpan.FromSeconds(seconds)));
            Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromSeconds(seconds), "ended before its time");
            agent.AssertNoErrors();
            if (agent.Events.Count == 0)
                continue;
            VisitLog.AssertWhole(agent.Events);
            Assert.True(home.Metrics()["cameras"]![0]!["captured"]!.GetValue<long>() > 0);
            return;
        }

        Assert.Fail("nobody was seen, however long it ran");
    }
}
