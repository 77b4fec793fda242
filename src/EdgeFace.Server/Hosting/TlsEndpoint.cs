using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFace.Core;
using EdgeFace.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EdgeFace.Server.Hosting;

/// <summary>TLS from PEM files. A renewed certificate is taken within half a minute; one that cannot be used leaves the old one.</summary>
internal sealed class TlsEndpoint
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly X509Certificate2Collection? _clientAuthorities;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _current;
    private DateTime _written;
    private long _looked;

    /// <exception cref="InputException">A file cannot be used.</exception>
    public TlsEndpoint(TlsOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        (_current, _written) = Load(options);
        _looked = time.GetTimestamp();
        _clientAuthorities = options.ClientCaFile is { } file ? LoadAuthorities(file) : null;
    }

    public void Configure(HttpsConnectionAdapterOptions https)
    {
        https.OnAuthenticate = (_, tls) => tls.ServerCertificateContext = Current();
        // Kestrel wants one of its own, though the handshake takes the one from above.
        https.ServerCertificate = _current.TargetCertificate;
        if (_clientAuthorities is null)
            return;
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.CheckCertificateRevocation = false;
        https.ClientCertificateValidation = (certificate, _, _) => IsOfAuthority(certificate);
    }

    private bool IsOfAuthority(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_clientAuthorities!);
        // A device that is removed from the server is shut out at once; lists of the authority are not fetched.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }

    private SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_looked) < Pause)
                return _current;
            _looked = _time.GetTimestamp();
            try
            {
                if (File.GetLastWriteTimeUtc(_options.CertificateFile!) != _written)
                    (_current, _written) = Load(_options);
            }
            catch (InputException error)
            {
                Log.CertificateKept(_logger, error.Message);
            }

            return _current;
        }
    }

    private static (SslStreamCertificateContext, DateTime) Load(TlsOptions options)
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(options.CertificateFile!);
            var own = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.KeyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(options.CertificateFile!);
            return (SslStreamCertificateContext.Create(own, chain, offline: true), written);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InputException($"tls: {options.CertificateFile} and {options.KeyFile} are no certificate and its key in PEM form, or cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }

    private static X509Certificate2Collection LoadAuthorities(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? authorities : throw new InputException($"tls.client_ca_file: {file} holds no certificate.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InputException($"tls.client_ca_file: {file} cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }
}
