using EdgeFace.Core.Security;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Hosting;

/// <summary>Opens the store that the configuration names.</summary>
internal static class Stores
{
    public static async Task<IGalleryStore> OpenAsync(ServerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation)
        => await GalleryStore.OpenAsync(DialectOf(options, time, loggers), SealOf(options), time, loggers.CreateLogger<GalleryStore>(), cancellation);

    public static RowSeal SealOf(ServerOptions options) => new(options.Store.KeyFile is { } file ? KeyRing.Open(file, "edgeface-server encryption create") : null);

    private static SqlDialect DialectOf(ServerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        if (options.Store.Postgres is not { } postgres)
            return new SqliteDialect(ServerPaths.Store(options));
        var password = options.Store.PostgresPasswordFile is { } file ? ServerPaths.ReadSecret(file, "store.postgres_password_file") : null;
        return new PostgresDialect(postgres, password, time, loggers.CreateLogger<PostgresDialect>());
    }
}
