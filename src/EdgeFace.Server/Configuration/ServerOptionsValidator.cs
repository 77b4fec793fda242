using System.Net;
using Npgsql;

namespace EdgeFace.Server.Configuration;

/// <summary>What no single setting can tell.</summary>
internal static class ServerOptionsValidator
{
    public static void Validate(ServerOptions options, List<SettingsError> errors)
    {
        for (var i = 0; i < options.Listen.Count; i++)
        {
            if (!TryParse(options.Listen[i], out var endpoint))
                errors.Add(new SettingsError($"listen[{i}]", $"'{options.Listen[i]}' is not ip:port, as in 127.0.0.1:8321 or [::1]:8321"));
            else if (!IPAddress.IsLoopback(endpoint.Address) && options.Tls.CertificateFile is null && !options.BehindProxy)
                errors.Add(new SettingsError($"listen[{i}]", "keys and faces would cross the network in plain text: set tls.certificate_file and tls.key_file, or behind_proxy when a proxy in front does TLS"));
        }

        CheckTls(options.Tls, errors);
        CheckStore(options.Store, errors);
        if (options.Photos.Keep && options.Store.KeyFile is null)
            errors.Add(new SettingsError("photos.keep", "needs store.key_file: photos are kept encrypted or not at all"));
    }

    private static void CheckTls(TlsOptions tls, List<SettingsError> errors)
    {
        if (tls.CertificateFile is null != (tls.KeyFile is null))
            errors.Add(new SettingsError("tls.certificate_file", "certificate_file and key_file must be given together"));
        else if (tls.ClientCaFile is not null && tls.CertificateFile is null)
            errors.Add(new SettingsError("tls.client_ca_file", "needs tls.certificate_file: certificates of devices are shown within TLS"));
    }

    /// <summary>An address with a port of its own.</summary>
    public static bool TryParse(string listen, out IPEndPoint endpoint)
        => IPEndPoint.TryParse(listen, out endpoint!) && listen.EndsWith($":{endpoint.Port}", StringComparison.Ordinal);

    private static void CheckStore(StoreOptions store, List<SettingsError> errors)
    {
        if (store.Postgres is null)
        {
            if (store.PostgresPasswordFile is not null)
                errors.Add(new SettingsError("store.postgres_password_file", "needs store.postgres as well"));
            return;
        }

        try
        {
            var settings = new NpgsqlConnectionStringBuilder(store.Postgres);
            if (!string.IsNullOrEmpty(settings.Password))
                errors.Add(new SettingsError("store.postgres", "must not hold a password: put it into a file and name that with store.postgres_password_file"));
            if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
                errors.Add(new SettingsError("store.postgres", "must name Host and Database, as in Host=db.example;Username=edgeface;Database=edgeface"));
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            errors.Add(new SettingsError("store.postgres", "is no connection string, as in Host=db.example;Username=edgeface;Database=edgeface"));
        }
    }
}
