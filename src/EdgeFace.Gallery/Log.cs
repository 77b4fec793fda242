using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>Never a name, a vector or a template's source: people are logged by their ids.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "Gallery opened: {Path}, revision {Revision}")]
    public static partial void Opened(ILogger logger, string path, long revision);

    [LoggerMessage(3001, LogLevel.Information, "Gallery brought from schema {From} to {To}")]
    public static partial void Migrated(ILogger logger, int from, int to);

    [LoggerMessage(3002, LogLevel.Information, "Person {PersonId} has {Added} new template(s)")]
    public static partial void Enrolled(ILogger logger, Guid personId, int added);

    [LoggerMessage(3003, LogLevel.Information, "Person {PersonId} removed")]
    public static partial void Removed(ILogger logger, Guid personId);

    [LoggerMessage(3004, LogLevel.Warning,
        "What was removed may still stand in the gallery's files: another process uses them, or the disk is full. Scrubbing is tried again with the next change, and when the gallery is closed or opened")]
    public static partial void ScrubPending(ILogger logger);

    [LoggerMessage(3005, LogLevel.Warning, "The gallery can be read by other users: run chmod 600 on {Path}")]
    public static partial void Exposed(ILogger logger, string path);

    [LoggerMessage(3008, LogLevel.Information, "Snapshot of revision {Revision} loaded: {Templates} templates")]
    public static partial void SnapshotLoaded(ILogger logger, long revision, int templates);

    [LoggerMessage(3009, LogLevel.Warning, "The snapshot {Path} is not used: {Reason}. The gallery is read instead")]
    public static partial void SnapshotRefused(ILogger logger, string path, string reason);

    [LoggerMessage(3010, LogLevel.Information, "Snapshot of revision {Revision} written: {Templates} templates")]
    public static partial void SnapshotWritten(ILogger logger, long revision, int templates);

    [LoggerMessage(3006, LogLevel.Information, "The gallery is encrypted now: {Rows} row(s) sealed with key {Key}")]
    public static partial void Encrypted(ILogger logger, long rows, string key);

    [LoggerMessage(3007, LogLevel.Information, "The gallery's key was changed from {From} to {To}: {Rows} row(s) sealed anew")]
    public static partial void Rotated(ILogger logger, string from, string to, long rows);
}
