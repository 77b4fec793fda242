using System.Net.Sockets;
using System.Text;
using EdgeFace.TestKit;

namespace EdgeFace.Devices.Tests;

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
        var (exitCode, text, _) = ChildProcess.Run(["notify"], ("NOTIFY_SOCKET", ""));

        Assert.Equal(0, exitCode);
        Assert.Equal("False \n", text);
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

    private static List<string> Converse(string bind, string address)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Bind(new UnixDomainSocketEndPoint(bind));
        var (exitCode, text, _) = ChildProcess.Run(["notify"], ("NOTIFY_SOCKET", address), ("WATCHDOG_USEC", "20000000"));
        Assert.Equal((0, "True 00:00:20\n"), (exitCode, text));
        List<string> received = [];
        var buffer = new byte[512];
        while (received.Count < Expected.Length)
            received.Add(Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer)));
        return received;
    }
}
