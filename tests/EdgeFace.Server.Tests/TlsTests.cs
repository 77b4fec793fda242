using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeFace.Core;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Server.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority;

    public TlsTests() => _authority = new TestAuthority(_folder.Path, "boards");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Certificate_of_a_device_is_its_key()
    {
        await using var server = await TestServer.StartAsync(Options());
        await server.Store.PutDeviceAsync("board1", "default", Actor.CommandLine, CancellationToken.None);
        using var stranger = new TestAuthority(_folder.Path, "strangers");

        Assert.Equal(200, await StatusAsync(server, Client("board1"), "/v1/devices/board1"));
        Assert.Equal(404, await StatusAsync(server, Client("board1"), "/v1/devices/board2"));
        Assert.Equal(403, await StatusAsync(server, Client("board1"), "/v1/people"));
        // Of the right authority, but no device of the server's; none at all; of another authority.
        Assert.Equal(401, await StatusAsync(server, Client("board9"), "/v1/devices/board9"));
        Assert.Equal(401, await StatusAsync(server, null, "/v1/devices/board1"));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, Certificate(stranger.Issue("board1")), "/v1/devices/board1"));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, Certificate(_authority.Issue("board1", expired: true)), "/v1/devices/board1"));

        await server.Store.RemoveDeviceAsync("board1", Actor.CommandLine, CancellationToken.None);
        Assert.Equal(401, await StatusAsync(server, Client("board1"), "/v1/devices/board1"));
        server.AssertNoErrors();
    }

    [Fact]
    public async Task Answers_over_tls_ask_for_tls_from_then_on()
    {
        await using var server = await TestServer.StartAsync(Options());
        using var client = Http(server, null);

        using var answer = await client.GetAsync("/healthz");

        Assert.Equal("https", server.Address.Scheme);
        // As systemd's watchdog is fed: its certificate is of a name, not of an address.
        Assert.True(await Heartbeat.AnswersAsync(server.Address, TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.Contains("max-age", answer.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_no_certificate_stop_the_start()
    {
        File.WriteAllText(_folder.File("bad.pem"), "nothing");
        var options = Options();

        var error = await Assert.ThrowsAsync<InputException>(() => TestServer.StartAsync(options with { Tls = options.Tls with { CertificateFile = _folder.File("bad.pem") } }));

        Assert.Contains("are no certificate and its key in PEM form", error.Message, StringComparison.Ordinal);
    }

    private ServerOptions Options()
    {
        var own = _authority.Issue("127.0.0.1");
        return new ServerOptions { DataFolder = _folder.Path, Tls = new TlsOptions { CertificateFile = own.CertFile, KeyFile = own.KeyFile, ClientCaFile = _authority.CaFile } };
    }

    private X509Certificate2 Client(string name) => Certificate(_authority.Issue(name));

    private static X509Certificate2 Certificate(BrokerCertificate files) => X509Certificate2.CreateFromPemFile(files.CertFile, files.KeyFile);

    private async Task<int> StatusAsync(TestServer server, X509Certificate2? certificate, string path)
    {
        using var client = Http(server, certificate);
        using var answer = await client.GetAsync(path);
        return (int)answer.StatusCode;
    }

    private HttpClient Http(TestServer server, X509Certificate2? certificate)
    {
        var trusted = X509CertificateLoader.LoadCertificateFromFile(_authority.CaFile);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return new HttpClient(handler) { BaseAddress = server.Address };
    }
}
