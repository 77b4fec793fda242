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

    [LoggerMessage(7005, LogLevel.Warning, "A key that is not valid was used from {Address}.")]
    public static partial void KeyRefused(ILogger logger, System.Net.IPAddress address);

    [LoggerMessage(7006, LogLevel.Error, "{Reason}")]
    public static partial void StoreFailed(ILogger logger, string reason);

    [LoggerMessage(7007, LogLevel.Error, "A request failed: {Method} {Route}")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string? route);

    [LoggerMessage(7008, LogLevel.Warning,
        "What was deleted may still stand in the store's files: another process uses them, or the disk is full. It is tried again in half a minute.")]
    public static partial void ScrubPending(ILogger logger);

    [LoggerMessage(7009, LogLevel.Information, "Person {Person} has expired and is erased.")]
    public static partial void PersonExpired(ILogger logger, Guid person);

    [LoggerMessage(7010, LogLevel.Information, "{Count} tombstones older than {Days} days are forgotten.")]
    public static partial void TombstonesPurged(ILogger logger, int count, int days);

    [LoggerMessage(7011, LogLevel.Warning, "The renewed certificate cannot be used, the one before stays: {Reason}")]
    public static partial void CertificateKept(ILogger logger, string reason);

    [LoggerMessage(7012, LogLevel.Information, "The embedder has changed: {Done} people have new templates from their photos, {Left} have none that are good enough.")]
    public static partial void Reembedded(ILogger logger, int done, int left);

    [LoggerMessage(7013, LogLevel.Warning, "The store is waited for: {Reason}")]
    public static partial void StoreAwaited(ILogger logger, string reason);

    [LoggerMessage(7014, LogLevel.Error, "The server does not answer itself: systemd's watchdog is not fed")]
    public static partial void NoAnswer(ILogger logger);

    [LoggerMessage(7015, LogLevel.Warning,
        "Store {Store}: its write-ahead log keeps erased people until its segments are used again, since this user may not clear it: grant that (deploy/server.md) or encrypt the store.")]
    public static partial void StoreLeavesTraces(ILogger logger, string store);
}
