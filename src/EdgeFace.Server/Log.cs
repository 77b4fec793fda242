namespace EdgeFace.Server;

/// <summary>What the server says of its work. Never a name, a vector, a key or a password: people are logged by their ids.</summary>
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Information, "Store {Store}: revision {Revision}, epoch {Epoch}.")]
    public static partial void StoreOpened(ILogger logger, string store, long revision, Guid epoch);

    [LoggerMessage(7001, LogLevel.Information, "Store {Store} brought from schema {From} to {To}.")]
    public static partial void StoreMigrated(ILogger logger, string store, long from, int to);

    [LoggerMessage(7002, LogLevel.Warning, "Store {Store}: changes of other instances are not heard of for now ({Reason}); trying again.")]
    public static partial void ListeningBroke(ILogger logger, string store, string reason);

    [LoggerMessage(7003, LogLevel.Information, "edgeface-server {Version} serves {Addresses}.")]
    public static partial void Started(ILogger logger, string version, string addresses);

    [LoggerMessage(7004, LogLevel.Information, "Store {Store}: {Rows} rows are sealed anew with the key file's newest key.")]
    public static partial void StoreResealed(ILogger logger, string store, int rows);
}
