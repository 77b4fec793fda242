using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFace.Core;

namespace EdgeFace.Gallery.Sync;

/// <summary>Makes the HTTP client: no redirects (the key would go along), nothing decompressed unseen, trust as configured.</summary>
internal static class SyncHttp
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    /// <summary>A server that moved to another address is found again after this.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(10);

    /// <exception cref="InputException">A file of the options cannot be used.</exception>
    public static HttpMessageHandler Handler(SyncOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLife,
            MaxConnectionsPerServer = 2,
            UseCookies = false,
        };
        try
        {
            if (options.CaFile is { } file)
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(file);
                handler.SslOptions.CertificateChainPolicy = policy;
            }

            if (options.CertificateFile is { } certificate)
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, options.CertificateKeyFile)];
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            handler.Dispose();
            throw new InputException($"The certificates for the gallery server cannot be read ({exception.Message.TrimEnd('.')}); check gallery.server.ca_file and certificate_file.", exception);
        }

        return handler;
    }

    public static HttpClient Client(HttpMessageHandler handler, SyncOptions options)
    {
        var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = options.Address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("edgeface", "1"));
        return client;
    }

    /// <summary>The key as it stands in the file now.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static AuthenticationHeaderValue Key(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            var line = reader.ReadLine()?.Trim();
            if (string.IsNullOrEmpty(line) || line.Length > 1024 || line.Any(letter => letter is <= ' ' or > '~'))
                throw new InputException($"{file}: its first line is no key of a gallery server; write the device's key into it.");
            return new AuthenticationHeaderValue("Bearer", line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the key for the gallery server cannot be read; check gallery.server.key_file.", exception);
        }
    }
}
