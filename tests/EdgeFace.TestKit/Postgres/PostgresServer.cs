using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.TestKit.Postgres;

/// <summary>
/// A real PostgreSQL on a free port of the loopback, with data of its own in a temporary folder. PostgreSQL refuses to run as
/// root: under root it runs as <c>nobody</c>.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ServerProcess _process = new("postgres", Limit);

    private PostgresServer() => Port = MosquittoBroker.FreePort();

    /// <summary>Folder of initdb and postgres; null when PostgreSQL is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    public int Port { get; }

    public const string User = "edgeface";

    /// <summary>Of <see cref="User"/>, asked for on every connection; made anew for each server.</summary>
    public string Password { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>All files of the server: tables, write-ahead log, and the server's own log.</summary>
    public string Folder => _folder.Path;

    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string Data => Path.Combine(_folder.Path, "data");

    private string LogPath => _folder.File("postgres.log");

    public static PostgresServer Start()
    {
        var server = new PostgresServer();
        try
        {
            server.Initialize();
            server.Run();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Makes a database.</summary>
    /// <returns>Its connection string, without the password.</returns>
    public string CreateDatabase(string name)
    {
        Execute("createdb", ["--host=127.0.0.1", $"--port={Text(Port)}", $"--username={User}", "--template=template0", "--encoding=UTF8", name], Password);
        return string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database={name}");
    }

    /// <summary>SIGKILL and a start on the same data: what a crash of the machine's software would leave.</summary>
    public void KillAndRestart()
    {
        Kill();
        Restart();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.End(ServerProcess.SigKill);

    /// <summary>A start on the same data and port.</summary>
    public void Restart()
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                Run();
                return;
            }
            catch (InvalidOperationException error) when (
                error.Message.Contains("shared memory block", StringComparison.Ordinal) && TimeProvider.System.GetElapsedTime(begun) < Limit)
            {
                // Its children outlive it for a moment, and until then it refuses to start.
                Thread.Sleep(100);
            }
        }
    }

    public void Dispose()
    {
        _process.End(ServerProcess.SigInt);
        _folder.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Initialize()
    {
        Directory.CreateDirectory(Data);
        var passwordFile = _folder.File("password");
        File.WriteAllText(passwordFile, Password + "\n");
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", ["-R", "nobody:nogroup", _folder.Path]);
            chown.WaitForExit();
        }

        Execute("initdb", ["--pgdata=" + Data, "--username=" + User, "--auth=scram-sha-256", "--pwfile=" + passwordFile, "--encoding=UTF8", "--locale=C", "--no-sync"]);
        File.Delete(passwordFile);
    }

    private void Run()
    {
        var process = Start("postgres",
        [
            "-D", Data, "-p", Text(Port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "logging_collector=off",
            "-c", "max_connections=60", "-c", "shared_buffers=16MB",
        ]);
        var log = new StreamWriter(LogPath, append: true) { AutoFlush = true };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log)
                log.WriteLine(line.Data);
        };
        process.BeginErrorReadLine();
        _process.Await(process, Serves, () => Log);
    }

    /// <summary>The port opens before recovery is over: what counts is that a session is served.</summary>
    private bool Serves()
    {
        if (!ServerProcess.Accepts(Port))
            return false;
        using var ready = Start("pg_isready", ["--host=127.0.0.1", $"--port={Text(Port)}"]);
        return ready.WaitForExit(Limit) && ready.ExitCode == 0;
    }

    private static Process Start(string program, string[] arguments, string? password = null)
    {
        var path = Path.Combine(Programs ?? throw new InvalidOperationException("PostgreSQL is not installed: install the package postgresql."), program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = program != "postgres";
        start.WorkingDirectory = "/";
        start.Environment["LC_ALL"] = "C";
        if (password is not null)
            start.Environment["PGPASSWORD"] = password;
        return Process.Start(start)!;
    }

    private static void Execute(string program, string[] arguments, string? password = null)
    {
        using var tool = Start(program, arguments, password);
        var error = tool.StandardError.ReadToEndAsync();
        tool.StandardOutput.ReadToEnd();
        if (!tool.WaitForExit(Limit) || tool.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {error.Result}");
    }
}
