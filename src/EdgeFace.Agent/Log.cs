using EdgeFace.Core.Events;

namespace EdgeFace.Agent;

/// <summary>What the agent says of its work. Never a person's name, never a vector, never a password.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "Camera {Camera}: frames are coming in from {Source}, {Width}x{Height}.")]
    public static partial void SourceRunning(ILogger logger, string camera, string source, int width, int height);

    [LoggerMessage(6002, LogLevel.Information, "Camera {Camera}: the source ended after {Frames} frames.")]
    public static partial void SourceEnded(ILogger logger, string camera, long frames);

    [LoggerMessage(6003, LogLevel.Error, "Camera {Camera}: {Reason} Trying again, with growing pauses.")]
    public static partial void SourceBroke(ILogger logger, string camera, string reason);

    [LoggerMessage(6004, LogLevel.Debug, "Camera {Camera}: {Reason} ({Attempts} attempts)")]
    public static partial void SourceStillBroken(ILogger logger, string camera, string reason, int attempts);

    [LoggerMessage(6005, LogLevel.Warning, "Camera {Camera}: the {Stage} stage is too slow, the oldest frames are dropped.")]
    public static partial void DropsBegan(ILogger logger, string camera, string stage);

    [LoggerMessage(6006, LogLevel.Warning, "Camera {Camera}: the {Stage} stage keeps up again; {Count} dropped in {Seconds:0.0} s.")]
    public static partial void DropsEnded(ILogger logger, string camera, string stage, long count, double seconds);

    [LoggerMessage(6007, LogLevel.Information, "Camera {Camera}: visit {Visit} {Type}, {Decision}, {LatencyMs} ms after the first frame.")]
    public static partial void VisitReported(ILogger logger, string camera, Guid visit, VisitEventType type, VisitDecision decision, double latencyMs);

    [LoggerMessage(6008, LogLevel.Error, "Camera {Camera}: an event of visit {Visit} could not be kept and is lost: {Reason}")]
    public static partial void EventLost(ILogger logger, string camera, Guid visit, string reason);

    [LoggerMessage(6009, LogLevel.Warning, "Camera {Camera}: a picture could not be written: {Reason}")]
    public static partial void PictureNotWritten(ILogger logger, string camera, string reason);

    [LoggerMessage(6010, LogLevel.Information, "EdgeFace {Version} watches {Cameras} cameras as {Device}; gallery of {People} people, revision {Revision}.")]
    public static partial void Started(ILogger logger, string version, int cameras, string device, int people, long revision);

    [LoggerMessage(6011, LogLevel.Information, "Stopping: visits under way are ended, events are delivered or kept.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(6012, LogLevel.Information, "Stopped; {Kept} events are kept for the next start.")]
    public static partial void Stopped(ILogger logger, long kept);

    [LoggerMessage(6013, LogLevel.Information, "The gallery is at revision {Revision}: {People} people, {Templates} templates.")]
    public static partial void GalleryChanged(ILogger logger, long revision, int people, int templates);

    [LoggerMessage(6014, LogLevel.Critical, "Camera {Camera}: the pipeline failed.")]
    public static partial void PipelineFailed(ILogger logger, Exception exception, string camera);

    [LoggerMessage(6015, LogLevel.Warning, "The gallery could not be read again; revision {Revision} stays in use: {Reason}")]
    public static partial void GalleryNotRead(ILogger logger, long revision, string reason);

    [LoggerMessage(6020, LogLevel.Warning, "The gallery's snapshot was not written; the next start takes longer: {Reason}")]
    public static partial void SnapshotNotWritten(ILogger logger, string reason);

    [LoggerMessage(6016, LogLevel.Warning, "The gallery holds {Templates} templates of other models than {Model}: they are not compared; enrol those people again.")]
    public static partial void ForeignTemplates(ILogger logger, int templates, string model);

    [LoggerMessage(6017, LogLevel.Warning, "Camera {Camera}: a picture is passed over: {Reason}")]
    public static partial void PictureSkipped(ILogger logger, string camera, string reason);

    [LoggerMessage(6018, LogLevel.Warning, "Events are no longer printed: {Reason}")]
    public static partial void NotPrinted(ILogger logger, string reason);

    [LoggerMessage(6019, LogLevel.Critical, "The stage {Stage} does not get on: the service manager is no longer told that all is well.")]
    public static partial void StageHung(ILogger logger, string stage);

    [LoggerMessage(6100, LogLevel.Information, "Desired configuration {Version}: {Code}, {Description}.")]
    public static partial void ConfigurationAnswered(ILogger logger, long version, int code, string description);

    [LoggerMessage(6101, LogLevel.Error, "The remote configuration could not be kept on disk: {Reason}")]
    public static partial void ConfigurationNotKept(ILogger logger, string reason);

    [LoggerMessage(6108, LogLevel.Information, "Another broker: {Remark}")]
    public static partial void FormerBroker(ILogger logger, string remark);

    [LoggerMessage(6102, LogLevel.Error, "The remote configuration is given up, the one before is taken: {Reason}")]
    public static partial void ConfigurationGivenUp(ILogger logger, string reason);

    [LoggerMessage(6103, LogLevel.Warning, "The device's health could not be read: {Reason}")]
    public static partial void HealthNotRead(ILogger logger, string reason);

    [LoggerMessage(6107, LogLevel.Warning, "Settings by way of the cloud: {Problem}.")]
    public static partial void CloudComplains(ILogger logger, string problem);

    [LoggerMessage(6105, LogLevel.Warning, "Who is there could not be told: {Reason}")]
    public static partial void PresenceNotTold(ILogger logger, string reason);

    [LoggerMessage(6106, LogLevel.Warning, "{People} people are enrolled; the presence of the first {Most} is told.")]
    public static partial void PresenceBounded(ILogger logger, int people, int most);

    [LoggerMessage(6104, LogLevel.Warning, "Which retained topics are kept at the broker could not be noted: {Reason}")]
    public static partial void AnnouncementNotKept(ILogger logger, string reason);
}
