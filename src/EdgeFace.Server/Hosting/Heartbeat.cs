using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using EdgeFace.Core.Systemd;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EdgeFace.Server.Hosting;

/// <summary>
/// Feeds systemd's watchdog as long as the server answers a request of its own over its own port. Whether the store can be used does not
/// count: a database that is away is waited for, not restarted for.
/// </summary>
internal sealed class Heartbeat(IServer server, TimeProvider time, ILogger<Heartbeat> logger) : BackgroundService
{
    /// <summary>So many tries fit into the watchdog's time.</summary>
    private const int Tries = 3;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (SystemdNotifier.WatchdogInterval is not { } interval)
            return;
        using var timer = new PeriodicTimer(interval / Tries, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is not { } address)
                continue;
            if (await AnswersAsync(new Uri(address), interval / Tries, stoppingToken))
                SystemdNotifier.Watchdog();
            else
                Log.NoAnswer(logger);
        }
    }

    /// <summary>Whether anything is answered in time: also a refusal is an answer.</summary>
    /// <param name="address">What is listened on; of all addresses of the machine the loopback's is asked.</param>
    [SuppressMessage("Security", "CA5359", Justification = "It speaks to itself, under an address that no certificate names, and takes nothing from the answer.")]
    internal static async Task<bool> AnswersAsync(Uri address, TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        };
        using var client = new HttpClient(handler);
        try
        {
            using var answer = await client.GetAsync(new UriBuilder(address) { Host = Reachable(address), Path = "/healthz" }.Uri, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }

    private static string Reachable(Uri address) => IPAddress.TryParse(address.DnsSafeHost, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
        ? (ip.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString() : $"[{IPAddress.IPv6Loopback}]")
        : address.Host;
}
