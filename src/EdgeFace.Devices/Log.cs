using Microsoft.Extensions.Logging;

namespace EdgeFace.Devices;

internal static partial class Log
{
    [LoggerMessage(5001, LogLevel.Information, "{Source} opened: {Width}x{Height} at {Rate} frames/s")]
    public static partial void Opened(ILogger logger, string source, int width, int height, double rate);

    [LoggerMessage(5002, LogLevel.Information, "{Source} ended after {Frames} frames")]
    public static partial void Ended(ILogger logger, string source, long frames);

    [LoggerMessage(5003, LogLevel.Debug, "started as process {Id}: ffmpeg {Arguments}")]
    public static partial void FfmpegStarted(ILogger logger, int id, string arguments);

    [LoggerMessage(5004, LogLevel.Debug, "{Line}")]
    public static partial void FfmpegLine(ILogger logger, string line);

    [LoggerMessage(5005, LogLevel.Debug, "the messages of ffmpeg were closed")]
    public static partial void MessagesClosed(ILogger logger, Exception reason);

    [LoggerMessage(5010, LogLevel.Debug, "{Line}")]
    public static partial void NativeLine(ILogger logger, string line);
}
