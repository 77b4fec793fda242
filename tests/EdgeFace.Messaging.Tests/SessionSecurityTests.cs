using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests;

public sealed class SessionSecurityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority;

    public SessionSecurityTests() => _authority = new TestAuthority(_folder.Path, "good");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Tls_with_a_good_certificate_delivers_by_name_and_by_address()
    {
        foreach (var host in new[] { "localhost", "127.0.0.1" })
        {
            using var broker = MosquittoBroker.Start(new BrokerSetup { Certificate = _authority.Issue(host) });
            await using var session = await new SessionHost(broker.Port, o => o with { Host = host, Tls = Tls() }).Connected();
            await session.Outbox.AppendAsync(SessionHost.Message("secret", padding: 50_000));
            await session.UntilDelivered();
            Assert.Contains("TLS", Assert.Single(session.Log.Of(4100)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_trusted()
    {
        using var other = new TestAuthority(_folder.Path, "other");
        await AssertRefused(
            new BrokerSetup { Certificate = other.Issue("localhost") },
            o => o with { Tls = Tls() },
            MqttFailureKind.UntrustedCertificate,
            "is not trusted");
    }

    [Fact]
    public async Task A_certificate_that_the_system_does_not_know_is_not_trusted() => await AssertRefused(
        new BrokerSetup { Certificate = _authority.Issue("localhost") },
        o => o with { Tls = new MqttTlsOptions { Enabled = true } },
        MqttFailureKind.UntrustedCertificate,
        "check Tls.CaFile");

    [Fact]
    public async Task An_expired_certificate_is_refused() => await AssertRefused(
        new BrokerSetup { Certificate = _authority.Issue("localhost", expired: true) },
        o => o with { Tls = Tls() },
        MqttFailureKind.CertificateExpired,
        "has expired");

    [Fact]
    public async Task A_certificate_for_another_host_is_refused() => await AssertRefused(
        new BrokerSetup { Certificate = _authority.Issue("broker.example") },
        o => o with { Tls = Tls() },
        MqttFailureKind.HostNameMismatch,
        "another host name than localhost");

    [Fact]
    public async Task The_host_name_check_can_be_turned_off_and_only_that()
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { Certificate = _authority.Issue("broker.example") });
        await using var session = await new SessionHost(
            broker.Port, o => o with { Host = "localhost", Tls = Tls() with { VerifyHostName = false } }).Connected();
        Assert.Equal(MqttState.Connected, session.Session.State);
        using var other = new TestAuthority(_folder.Path, "other");
        await AssertRefused(
            new BrokerSetup { Certificate = other.Issue("localhost") },
            o => o with { Tls = Tls() with { VerifyHostName = false } },
            MqttFailureKind.UntrustedCertificate,
            "is not trusted");
    }

    [Fact]
    public async Task An_authority_file_that_holds_none_is_named()
    {
        var rubbish = Secret("rubbish.pem", "no certificate");
        using var broker = MosquittoBroker.Start(new BrokerSetup { Certificate = _authority.Issue("localhost") });
        await using var session = new SessionHost(
            broker.Port, o => o with { Host = "localhost", Tls = new MqttTlsOptions { Enabled = true, CaFile = rubbish } });
        session.Session.Start();
        await Wait.Until(() => session.Log.Of(4101).Count > 0, "reported");
        Assert.Contains(rubbish, session.Log.Of(4101)[0], StringComparison.Ordinal);
        Assert.Equal(MqttFailureKind.Configuration, session.Session.Statistics.LastFailure?.Kind);
    }

    [Fact]
    public async Task A_plain_broker_is_never_spoken_to_when_tls_is_on()
    {
        using var broker = MosquittoBroker.Start();
        using var proxy = new FaultProxy(broker.Port);
        await using var session = new SessionHost(proxy.Port, o => o with { Host = "localhost", Tls = Tls() });
        session.Session.Start();
        await Wait.Until(() => session.Log.Of(4101).Count > 0, "reported");
        await Wait.Until(() => proxy.Accepted >= 2, "several attempts");
        Assert.DoesNotContain($"test-{proxy.Port}", broker.Log, StringComparison.Ordinal);
        Assert.Empty(session.Log.Of(4100));
        Assert.NotEqual(MqttState.Connected, session.Session.State);
    }

    [Fact]
    public async Task A_client_certificate_is_presented_and_its_lack_is_reported()
    {
        var setup = new BrokerSetup { Certificate = _authority.Issue("localhost"), RequireClientCertificate = true };
        var own = _authority.Issue("device");
        using (var broker = MosquittoBroker.Start(setup))
        {
            await using var session = await new SessionHost(
                broker.Port,
                o => o with { Host = "localhost", Tls = Tls() with { CertFile = own.CertFile, KeyFile = own.KeyFile } }).Connected();
            Assert.Equal(MqttState.Connected, session.Session.State);
        }

        await AssertRefused(setup, o => o with { Tls = Tls() }, MqttFailureKind.Tls, "client certificate");
    }

    [Fact]
    public async Task A_wrong_password_is_reported_and_a_right_one_in_the_file_is_taken_up()
    {
        var user = Secret("user", "camera\n");
        var password = Secret("password", "wrong\n");
        using var broker = MosquittoBroker.Start(new BrokerSetup { Credentials = ("camera", "right horse") });
        await using var session = new SessionHost(broker.Port, o => o with { UsernameFile = user, PasswordFile = password });
        session.Session.Start();
        await Wait.Until(() => session.Log.Of(4101).Count > 0, "reported");
        Assert.Contains(
            session.Session.Statistics.LastFailure?.Kind,
            new MqttFailureKind?[] { MqttFailureKind.NotAuthorized, MqttFailureKind.BadCredentials });
        Assert.Contains("password", Assert.Single(session.Log.Of(4101)), StringComparison.Ordinal);
        Assert.Single(session.Log.Of(4104));

        Secret("password", "right horse\n");
        await session.UntilConnected();
        Assert.DoesNotContain(session.Log.Lines, line => line.Text.Contains("horse", StringComparison.Ordinal));
    }

    private static async Task AssertRefused(
        BrokerSetup setup, Func<MqttOptions, MqttOptions> configure, MqttFailureKind kind, string text)
    {
        using var broker = MosquittoBroker.Start(setup);
        using var proxy = new FaultProxy(broker.Port);
        await using var session = new SessionHost(proxy.Port, options => configure(options with { Host = "localhost" }));
        session.Session.Start();
        await Wait.Until(() => session.Session.Statistics.LastFailure is not null, "a failure");
        await Wait.Until(() => proxy.Accepted >= 3, "several attempts");
        var line = Assert.Single(session.Log.Of(4101));
        Assert.Equal(kind, session.Session.Statistics.LastFailure!.Kind);
        Assert.Contains(text, line, StringComparison.Ordinal);
        Assert.Empty(session.Log.Of(4100));
        Assert.DoesNotContain($"test-{proxy.Port}", broker.Log, StringComparison.Ordinal);
    }

    private MqttTlsOptions Tls() => new() { Enabled = true, CaFile = _authority.CaFile };

    private string Secret(string name, string text)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, text);
        return path;
    }
}
