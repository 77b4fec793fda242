using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>The unit, and what the program tells systemd.</summary>
public sealed class SystemdTests : IDisposable
{
    private static readonly string Units = Path.Combine(Repository.Root, "systemd");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact("systemd-analyze")]
    public void Unit_is_understood_by_systemd_and_confined()
    {
        var unit = File.ReadAllText(Path.Combine(Units, "edgeface-server.service"));
        Assert.Contains("ExecStart=/usr/bin/dotnet /opt/edgeface-server/edgeface-server.dll run ", unit, StringComparison.Ordinal);
        // Where .NET lies on the machine that tests is not the question.
        File.WriteAllText(_folder.File("edgeface-server.service"), unit.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal));

        Assert.Equal((0, ""), Run("systemd-analyze", "verify", _folder.File("edgeface-server.service")));
        // Of 0 (locked up) to 10 (everything is open); a service without a sandbox has 9.6.
        Assert.Equal(0, Run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", _folder.File("edgeface-server.service")).ExitCode);
    }

    [Fact]
    public void Unit_is_confined_as_the_agents_is()
    {
        string[] opened = ["SystemCallFilter=adjtimex clock_adjtime membarrier", "DevicePolicy=closed"];
        var agent = Confinement("edgeface.service").Except(opened);

        Assert.Empty(agent.Except(Confinement("edgeface-server.service")));
    }

    [ToolFact("systemd-sysusers")]
    public void User_is_made()
    {
        Directory.CreateDirectory(_folder.File("etc"));
        File.WriteAllText(_folder.File("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
        File.WriteAllText(_folder.File("etc/group"), "root:x:0:\n");

        Assert.Equal(0, Run("systemd-sysusers", "--root=" + _folder.Path, Path.Combine(Units, "sysusers.d/edgeface-server.conf")).ExitCode);

        Assert.Contains("edgeface-server:x:", File.ReadAllText(_folder.File("etc/passwd")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_is_told_that_the_server_listens_lives_and_ends()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("notify")));
        using var server = new ServerProcess(_folder.Path);
        server.Launch(("NOTIFY_SOCKET", _folder.File("notify")), ("WATCHDOG_USEC", "900000"));

        Assert.Equal("READY=1", Other(socket));
        using (var client = new HttpClient { BaseAddress = server.Address })
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        Assert.Equal($"STATUS=listens on http://127.0.0.1:{server.Port}", Other(socket));
        Assert.Equal(("WATCHDOG=1", "WATCHDOG=1"), (Next(socket), Next(socket)));
        Assert.Equal(0, server.Terminate());
        Assert.Equal("STOPPING=1", Other(socket));
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_not_alive()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var server = await TestServer.StartAsync(new ServerOptions { DataFolder = _folder.Path });

        Assert.False(await Heartbeat.AnswersAsync(new Uri($"http://127.0.0.1:{port}"), TimeSpan.FromMilliseconds(300), CancellationToken.None));
        Assert.True(await Heartbeat.AnswersAsync(server.Address, TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.True(await Heartbeat.AnswersAsync(new UriBuilder(server.Address) { Host = "0.0.0.0" }.Uri, TimeSpan.FromSeconds(30), CancellationToken.None));
    }

    [Fact]
    public void Credentials_take_the_place_of_files_that_are_not_named()
    {
        var handed = Directory.CreateDirectory(_folder.File("credentials")).FullName;
        var postgres = new ServerOptions { Store = new StoreOptions { Postgres = "Host=db;Database=x" } };
        Assert.Null(ServerCredentials.Fill(postgres, handed).Store.KeyFile);
        File.WriteAllText(Path.Combine(handed, "store-key"), "");
        File.WriteAllText(Path.Combine(handed, "postgres-password"), "");

        var filled = ServerCredentials.Fill(postgres, handed).Store;
        Assert.Equal((Path.Combine(handed, "store-key"), Path.Combine(handed, "postgres-password")), (filled.KeyFile, filled.PostgresPasswordFile));
        // SQLite has no password.
        Assert.Null(ServerCredentials.Fill(new ServerOptions(), handed).Store.PostgresPasswordFile);
        var named = postgres with { Store = postgres.Store with { KeyFile = "k", PostgresPasswordFile = "p" } };
        Assert.Equal(named, ServerCredentials.Fill(named, handed));
        Assert.Equal(postgres, ServerCredentials.Fill(postgres, null));
    }

    private static IEnumerable<string> Confinement(string unit) => File.ReadLines(Path.Combine(Units, unit)).Where(line =>
        new[] { "Protect", "Private", "Restrict", "NoNew", "Capability", "Ambient", "SystemCall", "Lock", "RemoveIPC", "UMask", "DevicePolicy" }
            .Any(name => line.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>The next message that is not the watchdog's.</summary>
    private static string Other(Socket socket)
    {
        while (true)
        {
            if (Next(socket) is var message && message != "WATCHDOG=1")
                return message;
        }
    }

    private static string Next(Socket socket)
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static (int ExitCode, string Said) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, said);
    }
}
