namespace EdgeFace.Server.Configuration;

/// <summary>Files that systemd hands over (LoadCredential=, LoadCredentialEncrypted=), where the configuration names none.</summary>
internal static class ServerCredentials
{
    /// <summary>In the place of <c>store.key_file</c>.</summary>
    public const string StoreKey = "store-key";

    /// <summary>In the place of <c>store.postgres_password_file</c>.</summary>
    public const string PostgresPassword = "postgres-password";

    /// <param name="folder">CREDENTIALS_DIRECTORY; null without systemd.</param>
    public static ServerOptions Fill(ServerOptions options, string? folder)
    {
        if (string.IsNullOrEmpty(folder))
            return options;
        var store = options.Store;
        return options with
        {
            Store = store with
            {
                KeyFile = store.KeyFile ?? Handed(folder, StoreKey),
                PostgresPasswordFile = store.PostgresPasswordFile ?? (store.Postgres is null ? null : Handed(folder, PostgresPassword)),
            },
        };
    }

    private static string? Handed(string folder, string name) => Path.Combine(folder, name) is var file && File.Exists(file) ? file : null;
}
