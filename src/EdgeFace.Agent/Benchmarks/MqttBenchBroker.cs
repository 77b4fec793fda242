using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFace.Core;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>A mosquitto of the benchmark's own: TLS on the loopback, with an authority and a certificate made for this run.</summary>
internal sealed class MqttBenchBroker : IDisposable
{
    /// <summary>What the certificate names.</summary>
    public const string Name = "localhost";
    private static readonly string[] Places = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    /// <param name="folder">For configuration, certificates and log.</param>
    /// <exception cref="InputException">mosquitto is not installed or does not start.</exception>
    public MqttBenchBroker(string folder, TimeProvider time)
    {
        CaFile = Path.Combine(folder, "ca.pem");
        MakeCertificates(folder, time.GetUtcNow());
        Port = FreePort();
        var log = Path.Combine(folder, "broker.log");
        File.WriteAllLines(Path.Combine(folder, "mosquitto.conf"),
        [
            string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1"),
            "user root",
            "allow_anonymous true",
            $"certfile {Path.Combine(folder, "broker.pem")}",
            $"keyfile {Path.Combine(folder, "broker.key")}",
            $"log_dest file {log}",
            "log_type error",
            "max_inflight_messages 256",
            "max_queued_messages 200000",
            "set_tcp_nodelay true",
        ]);
        var program = Array.Find(Places, File.Exists) ?? throw new InputException("bench mqtt needs a broker: install the package mosquitto, or name one with --server.");
        _process = Process.Start(new ProcessStartInfo(program, ["-c", Path.Combine(folder, "mosquitto.conf")]) { RedirectStandardError = true })!;
        WaitUntilItListens(time, log);
    }

    public int Port { get; }

    public string CaFile { get; }

    /// <summary>Starts a program that is a client; its lack is reported with the package it comes in.</summary>
    public static Process StartClient(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new InputException($"bench mqtt needs {start.FileName}: install the package mosquitto-clients.");
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(Limit);
        _process.Dispose();
    }

    private void WaitUntilItListens(TimeProvider time, string log)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && time.GetElapsedTime(begun) < Limit)
            {
                Thread.Sleep(10);
            }
            catch (SocketException)
            {
                _process.Kill();
                throw new InputException($"mosquitto does not start: {(File.Exists(log) ? File.ReadAllText(log).Trim() : "it says nothing")}");
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void MakeCertificates(string folder, DateTimeOffset now)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=edgeface bench", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = authority.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(issuer, now.AddHours(-1), now.AddHours(23), [1]);
        File.WriteAllText(Path.Combine(folder, "ca.pem"), issuer.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "broker.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "broker.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
