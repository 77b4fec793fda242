using EdgeFace.Agent.Configuration;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Devices;

namespace EdgeFace.Agent.Sources;

/// <summary>Opens the source that a camera's options name.</summary>
internal static class SourceFactory
{
    /// <exception cref="FrameSourceException">It cannot be opened.</exception>
    public static IFrameSource Open(CameraOptions camera, TrackingOptions tracking, TimeProvider time, ILoggerFactory loggers)
    {
        if (SourceAddress.KindOf(camera.Source) == SourceKind.PictureFolder)
            return new PictureFolderSource(camera, TimeSpan.FromMilliseconds(tracking.MaxLostMs) * 2, time, loggers.CreateLogger<PictureFolderSource>());
        try
        {
            return new FfmpegSource(OptionsOf(camera), time, loggers);
        }
        catch (InputException exception)
        {
            throw new FrameSourceException(exception.Message, exception);
        }
    }

    private static FfmpegSourceOptions OptionsOf(CameraOptions camera) => new()
    {
        Input = camera.Source,
        Width = camera.Width,
        Height = camera.Height,
        FramesPerSecond = camera.FramesPerSecond,
        Realtime = camera.Pace == SourcePace.Live,
        StartSeconds = camera.StartSeconds,
        DurationSeconds = camera.DurationSeconds,
        Loop = camera.Loop,
        StallTimeoutMs = camera.StallTimeoutMs,
        StartTimeoutMs = Math.Min(FfmpegSourceOptions.MaxTimeoutMs, camera.StallTimeoutMs * 3),
        Transport = camera.RtspTransport == RtspTransportOption.Udp ? RtspTransport.Udp : RtspTransport.Tcp,
    };
}
