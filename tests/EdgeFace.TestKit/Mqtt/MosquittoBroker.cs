using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>How a broker of a test is set up.</summary>
public sealed record BrokerSetup
{
    /// <summary>Certificate, key and authority for TLS; null for plain TCP.</summary>
    public BrokerCertificate? Certificate { get; init; }

    /// <summary>Clients must bring a certificate of the same authority.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>User name and password; null for anonymous clients.</summary>
    public (string User, string Password)? Credentials { get; init; }

    /// <summary>Receive maximum towards clients. Default 256.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>What goes into its log. Default all.</summary>
    public string LogTypes { get; init; } = "all";

    /// <summary>Further lines of mosquitto.conf.</summary>
    public string Extra { get; init; } = "";
}

/// <summary>
/// A real mosquitto on a free port of the loopback, with a configuration, persistence and log of its own. It can be killed,
/// terminated and started again on the same port and data.
/// </summary>
public sealed class MosquittoBroker : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly BrokerSetup _setup;
    private readonly ServerProcess _process = new("mosquitto", Limit);

    private MosquittoBroker(BrokerSetup setup)
    {
        _setup = setup;
        Port = FreePort();
        WriteConfiguration();
    }

    public static string Executable { get; } =
        new[] { "/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto" }.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("These tests need mosquitto: install the packages mosquitto and mosquitto-clients.");

    public string Host { get; } = "127.0.0.1";

    public int Port { get; }

    /// <summary>What the broker has written so far, over all its runs.</summary>
    public string Log
    {
        get
        {
            if (!File.Exists(LogPath))
                return "";
            using var file = new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
    }

    private string LogPath => _folder.File("broker.log");

    public static MosquittoBroker Start(BrokerSetup? setup = null)
    {
        var broker = new MosquittoBroker(setup ?? new BrokerSetup());
        try
        {
            broker.Run();
            return broker;
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    /// <summary>A port of the loopback that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>It ended without being told to.</summary>
    public bool HasDied => _process.HasDied;

    /// <summary>Starts it again, after <see cref="Kill"/> or <see cref="Terminate"/>.</summary>
    public void Restart()
    {
        if (_process.IsStarted)
            Terminate();
        Run();
    }

    /// <summary>SIGKILL: what was not saved is lost.</summary>
    public void Kill() => _process.End(ServerProcess.SigKill);

    /// <summary>SIGTERM: it saves what it holds and says goodbye to its clients.</summary>
    public void Terminate() => _process.End(ServerProcess.SigTerm);

    public void Dispose()
    {
        _process.End(ServerProcess.SigKill);
        _folder.Dispose();
    }

    private void WriteConfiguration()
    {
        var lines = new List<string>
        {
            $"listener {Port.ToString(CultureInfo.InvariantCulture)} {Host}",
            "user root",
            "persistence true",
            $"persistence_location {_folder.Path}/",
            "autosave_interval 1",
            $"log_dest file {LogPath}",
            $"log_type {_setup.LogTypes}",
            "connection_messages true",
            $"max_inflight_messages {_setup.MaxInFlight.ToString(CultureInfo.InvariantCulture)}",
            "max_queued_messages 100000",
        };
        if (_setup.Certificate is { } certificate)
        {
            lines.Add($"cafile {certificate.CaFile}");
            lines.Add($"certfile {certificate.CertFile}");
            lines.Add($"keyfile {certificate.KeyFile}");
            lines.Add($"require_certificate {(_setup.RequireClientCertificate ? "true" : "false")}");
        }

        if (_setup.Credentials is { } credentials)
        {
            lines.Add("allow_anonymous false");
            lines.Add($"password_file {WritePasswords(credentials)}");
        }
        else
        {
            lines.Add("allow_anonymous true");
        }

        lines.Add(_setup.Extra);
        File.WriteAllLines(_folder.File("mosquitto.conf"), lines);
    }

    private string WritePasswords((string User, string Password) credentials)
    {
        var path = _folder.File("passwords");
        using var tool = Process.Start(new ProcessStartInfo("mosquitto_passwd")
        {
            ArgumentList = { "-b", "-c", path, credentials.User, credentials.Password },
            RedirectStandardError = true,
        })!;
        if (!tool.WaitForExit(Limit) || tool.ExitCode != 0)
            throw new InvalidOperationException($"mosquitto_passwd failed: {tool.StandardError.ReadToEnd()}");
        return path;
    }

    private void Run()
    {
        var process = Process.Start(new ProcessStartInfo(Executable)
        {
            ArgumentList = { "-c", _folder.File("mosquitto.conf") },
            RedirectStandardError = true,
        })!;
        process.BeginErrorReadLine();
        _process.Await(process, () => ServerProcess.Accepts(Port), () => Log);
    }
}
