using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>PEM files of a broker (or of a client) and of the authority that issued them.</summary>
public sealed record BrokerCertificate(string CaFile, string CertFile, string KeyFile);

/// <summary>An authority of a test's own, that issues certificates into a folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string _folder;
    private readonly string _name;
    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private int _issued;

    public TestAuthority(string folder, string name)
    {
        _folder = folder;
        _name = name;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(_now.AddYears(-2), _now.AddYears(2));
        File.WriteAllText(CaFile, _authority.ExportCertificatePem());
    }

    public string CaFile => Path.Combine(_folder, $"{_name}.ca.pem");

    /// <summary>A certificate for a DNS name or an IP address.</summary>
    public BrokerCertificate Issue(string host, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var until = expired ? _now.AddDays(-1) : _now.AddYears(1);
        using var certificate = request.Create(_authority, _now.AddYears(-1), until, [1, (byte)++_issued]);

        var prefix = Path.Combine(_folder, $"{_name}.{_issued}");
        File.WriteAllText(prefix + ".pem", certificate.ExportCertificatePem());
        File.WriteAllText(prefix + ".key", key.ExportPkcs8PrivateKeyPem());
        return new BrokerCertificate(CaFile, prefix + ".pem", prefix + ".key");
    }

    public void Dispose() => _authority.Dispose();
}
