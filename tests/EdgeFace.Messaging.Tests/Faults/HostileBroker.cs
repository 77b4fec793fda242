using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>Takes connections, with TLS or without, answers CONNECT and, when it is asked for something, sends what it was given, in pieces of some size; 0 for pieces of any size, and then it hangs up soon.</summary>
internal sealed class HostileBroker : IDisposable
{
    private static readonly byte[] Connack = [0x20, 3, 0, 0, 0];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private readonly Func<byte[]> _packets;
    private readonly int _piece;
    private readonly X509Certificate2? _certificate;
    private int _served;

    public HostileBroker(Func<byte[]> packets, int piece, BrokerCertificate? certificate)
    {
        (_packets, _piece) = (packets, piece);
        if (certificate is not null)
        {
            using var pem = X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile);
            _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
        }

        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that got all of it.</summary>
    public int Served => Volatile.Read(ref _served);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _certificate?.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }

                var buffer = new byte[1024];
                // Whether somebody listens is asked by a connection without a word.
                if (await stream.ReadAsync(buffer, _end.Token) == 0)
                    return;
                await stream.WriteAsync(Connack, _end.Token);
                // The client has been accepted when it subscribes.
                if (await stream.ReadAsync(buffer, _end.Token) == 0)
                    return;
                var packets = _packets();
                for (var at = 0; at < packets.Length;)
                {
                    var piece = Math.Min(_piece > 0 ? _piece : Random.Shared.Next(1, 12), packets.Length - at);
                    await stream.WriteAsync(packets.AsMemory(at, piece), _end.Token);
                    at += piece;
                }

                Interlocked.Increment(ref _served);
                if (_piece == 0)
                {
                    await Task.Delay(Patience, TimeProvider.System, _end.Token);
                    return;
                }

                while (await stream.ReadAsync(buffer, _end.Token) > 0)
                {
                    // Until the client leaves.
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // A client that leaves.
        }
    }
}
