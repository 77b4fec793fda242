using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Sync;

/// <summary>Never a name, a vector or the key.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Information, "The gallery holds revision {Revision} of group {Group}: {Upserted} new or changed, {Removed} removed")]
    public static partial void Applied(ILogger logger, long revision, string group, int upserted, int removed);

    [LoggerMessage(3101, LogLevel.Warning, "The gallery is not synchronised: {Server}: {Reason}. It stays at revision {Revision} and is tried again")]
    public static partial void Failing(ILogger logger, string server, string reason, long revision);

    [LoggerMessage(3102, LogLevel.Information, "The gallery is synchronised again, revision {Revision}")]
    public static partial void Recovered(ILogger logger, long revision);

    [LoggerMessage(3103, LogLevel.Warning, "The gallery is fetched as a whole: {Reason}")]
    public static partial void Full(ILogger logger, string reason);

    [LoggerMessage(3104, LogLevel.Warning, "The gallery server has gone back from revision {From} to {To} with the same content; nothing was to be fetched")]
    public static partial void WentBack(ILogger logger, long from, long to);

    [LoggerMessage(3105, LogLevel.Warning, "{Count} people of the server have templates of another model than this board's {Model} and cannot be recognised until the server has embedded them again")]
    public static partial void ForeignModel(ILogger logger, int count, string model);

    [LoggerMessage(3106, LogLevel.Warning, "{Count} people of the server have the id of a person enrolled on this board, who stays")]
    public static partial void Conflicts(ILogger logger, int count);

    [LoggerMessage(3107, LogLevel.Information, "A download of the gallery went on where it had broken off, {Count} time(s)")]
    public static partial void Resumed(ILogger logger, int count);
}
