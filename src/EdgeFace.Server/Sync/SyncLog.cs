namespace EdgeFace.Server.Sync;

/// <summary>Never a name, a vector or a key.</summary>
internal static partial class SyncLog
{
    [LoggerMessage(7100, LogLevel.Warning, "Device {Device} says that it holds revision {Revision}, and holds something else.")]
    public static partial void BoardDiffers(ILogger logger, string device, long revision);

    [LoggerMessage(7101, LogLevel.Warning, "Group {Group} cannot be part of a topic, so its boards are not nudged: {Reason}.")]
    public static partial void NoTopic(ILogger logger, string group, string reason);
}
