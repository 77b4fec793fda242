using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Diagnosis;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.Diagnosis;

/// <summary>What <c>doctor</c> says of a broker that does not let the device in.</summary>
public sealed class BrokerCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;

    public BrokerCheckTests()
    {
        _authority = new TestAuthority(_folder.Path, "good");
        _other = new TestAuthority(_folder.Path, "other");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_good_certificate_passes() => Assert.Equal(CheckStatus.Ok, Tls(_authority.Issue("localhost")).Status);

    [Fact]
    public void Another_authority_is_named() => AssertRefused(Tls(_other.Issue("localhost")), "is not trusted");

    [Fact]
    public void An_expired_certificate_is_named() => AssertRefused(Tls(_authority.Issue("localhost", expired: true)), "has expired");

    [Fact]
    public void A_certificate_of_another_host_is_named() => AssertRefused(Tls(_authority.Issue("broker.example")), "another host name than localhost");

    [Fact]
    public void A_wrong_password_is_named_and_not_told()
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { Credentials = ("camera", "right horse") });
        File.WriteAllText(_folder.File("user"), "camera\n");
        File.WriteAllText(_folder.File("password"), "wrong horse\n");
        var result = Check(new BrokerOptions { Servers = [$"127.0.0.1:{broker.Port}"], UsernameFile = _folder.File("user"), PasswordFile = _folder.File("password") });
        AssertRefused(result, "password");
        Assert.DoesNotContain("horse", result.Detail, StringComparison.Ordinal);
    }

    private static void AssertRefused(CheckResult result, string reason)
    {
        Assert.Equal(CheckStatus.Failed, result.Status);
        Assert.Contains(reason, result.Detail, StringComparison.Ordinal);
        Assert.NotNull(result.Advice);
    }

    private CheckResult Tls(BrokerCertificate certificate)
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { Certificate = certificate });
        return Check(new BrokerOptions { Servers = [$"localhost:{broker.Port}"], Tls = new BrokerTlsOptions { Enabled = true, CaFile = _authority.CaFile } });
    }

    private static CheckResult Check(BrokerOptions mqtt)
        => Assert.Single(BrokerCheck.Run(new AgentOptions { Device = "door", Mqtt = mqtt }, TimeProvider.System));
}
