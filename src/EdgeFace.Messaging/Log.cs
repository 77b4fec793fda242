using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Error, "The outbox {Path} is damaged ({Reason}): moved to {Aside}, a new one is begun")]
    public static partial void OutboxMovedAside(ILogger logger, string path, string reason, string aside);

    [LoggerMessage(4001, LogLevel.Error, "{Reason} (outbox {Path})")]
    public static partial void OutboxFails(ILogger logger, string path, string reason);

    [LoggerMessage(4002, LogLevel.Information, "The outbox {Path} can be written again")]
    public static partial void OutboxWritesAgain(ILogger logger, string path);

    [LoggerMessage(4003, LogLevel.Warning, "The outbox has reached its bounds ({Rows} messages, {Bytes} bytes): the lowest priority and the oldest are dropped from now on")]
    public static partial void OutboxDropping(ILogger logger, long rows, long bytes);

    [LoggerMessage(4004, LogLevel.Warning, "The outbox is within its bounds again: {Dropped} messages were dropped")]
    public static partial void OutboxDropped(ILogger logger, long dropped);

    [LoggerMessage(4005, LogLevel.Error, "The outbox cannot be read: {Reason}")]
    public static partial void OutboxNotReadable(ILogger logger, string reason);

    [LoggerMessage(4100, LogLevel.Information, "Connected to {Broker} (MQTT {Protocol}, {Security}, session {Session}, window {Window})")]
    public static partial void Connected(ILogger logger, string broker, string protocol, string security, string session, int window);

    [LoggerMessage(4101, LogLevel.Warning, "No connection to {Broker}: {Reason}; trying again, reported once")]
    public static partial void NotConnected(ILogger logger, string broker, string reason);

    [LoggerMessage(4102, LogLevel.Warning, "Connection to {Broker} lost: {Reason}")]
    public static partial void Lost(ILogger logger, string broker, string reason);

    [LoggerMessage(4103, LogLevel.Information, "{Broker} does not speak MQTT 5: going on with MQTT 3.1.1")]
    public static partial void FallingBack(ILogger logger, string broker);

    [LoggerMessage(4104, LogLevel.Warning, "User name and password go to {Broker} in plain text: turn TLS on")]
    public static partial void PlainCredentials(ILogger logger, string broker);

    [LoggerMessage(4105, LogLevel.Warning, "{Broker} refuses messages on {Topic}: {Reason}; reported once")]
    public static partial void Refused(ILogger logger, string broker, string topic, string reason);

    [LoggerMessage(4106, LogLevel.Warning, "{Broker} refuses the subscription {Filter}: {Reason}")]
    public static partial void SubscriptionRefused(ILogger logger, string broker, string filter, string reason);

    [LoggerMessage(4107, LogLevel.Warning, "Handlers are too slow: of incoming messages, what exceeds {Limit} is dropped from now on")]
    public static partial void IncomingDropping(ILogger logger, int limit);

    [LoggerMessage(4108, LogLevel.Error, "A handler of {What} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string what);

    [LoggerMessage(4109, LogLevel.Information, "Disconnected; {Left} messages stay in the outbox")]
    public static partial void Stopped(ILogger logger, long left);

    [LoggerMessage(4110, LogLevel.Warning, "The connection did not end in time; it is left to the end of the process")]
    public static partial void NotStopped(ILogger logger);

    [LoggerMessage(4111, LogLevel.Critical, "The messaging thread ended by a fault")]
    public static partial void LoopFailed(ILogger logger, Exception exception);

    [LoggerMessage(4200, LogLevel.Error, "The kept remote configuration {Path} cannot be used: the file configuration is in force")]
    public static partial void RemoteStateDamaged(ILogger logger, string path);

    [LoggerMessage(4201, LogLevel.Error, "The kept remote configuration {Path} cannot be read: {Reason}")]
    public static partial void RemoteStateNotRead(ILogger logger, string path, string reason);
}
