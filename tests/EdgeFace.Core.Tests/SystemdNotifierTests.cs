using System.Net.Sockets;
using System.Text;
using EdgeFace.Core.Systemd;
using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests;

public sealed class SystemdNotifierTests
{
    private static readonly string[] Expected = ["READY=1", "STATUS=2 cameras MAINPID=1", "WATCHDOG=1", "STOPPING=1"];

    [Fact]
    public void Messages_reach_a_socket_in_the_file_system()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("notify");

        Assert.Equal(Expected, Converse(path, path));
    }

    [Fact]
    public void Messages_reach_an_abstract_socket()
    {
        var name = $"edgeface-test-{Environment.ProcessId}";

        Assert.Equal(Expected, Converse("\0" + name, "@" + name));
    }

    [Fact]
    public void Without_socket_nothing_happens()
    {
        Assert.Equal("False \n", RestrictedProcess.Run(typeof(SystemdNotifierTests), nameof(Notify), "NOTIFY_SOCKET="));
    }

    [Fact]
    public void Socket_that_nobody_reads_is_reported_and_does_not_throw() =>
        Assert.False(new NotifySocket("/nonexistent/notify").Send("READY=1"));

    [Theory]
    [InlineData("30000000", null, 30)]
    [InlineData("30000000", "17", 30)]
    [InlineData("30000000", "18", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void ParseWatchdog_counts_only_for_this_process(string? microseconds, string? process, int? seconds) =>
        Assert.Equal(seconds, (int?)SystemdNotifier.ParseWatchdog(microseconds, process, 17)?.TotalSeconds);

    private static void Notify()
    {
        SystemdNotifier.Ready();
        SystemdNotifier.Status("2 cameras\nMAINPID=1");
        SystemdNotifier.Watchdog();
        SystemdNotifier.Stopping();
        Console.WriteLine($"{SystemdNotifier.IsActive} {SystemdNotifier.WatchdogInterval}");
    }

    private static List<string> Converse(string bind, string address)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Bind(new UnixDomainSocketEndPoint(bind));
        Assert.Equal(
            "True 00:00:20\n", RestrictedProcess.Run(typeof(SystemdNotifierTests), nameof(Notify), $"NOTIFY_SOCKET={address}", "WATCHDOG_USEC=20000000"));
        List<string> received = [];
        var buffer = new byte[512];
        while (received.Count < Expected.Length)
            received.Add(Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer)));
        return received;
    }
}
