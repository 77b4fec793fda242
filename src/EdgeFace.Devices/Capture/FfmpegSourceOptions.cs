namespace EdgeFace.Devices;

/// <summary>How RTSP carries the pictures.</summary>
public enum RtspTransport
{
    /// <summary>Within the RTSP connection: nothing lost, passes firewalls. The default.</summary>
    Tcp,

    /// <summary>Datagrams: a little less delay, pictures break when one is lost.</summary>
    Udp,
}

/// <summary>What <see cref="FfmpegSource"/> reads and how.</summary>
public sealed record FfmpegSourceOptions
{
    public const int MaxSide = 8192;
    public const double MinFramesPerSecond = 0.1;
    public const double MaxFramesPerSecond = 240;
    public const int MinTimeoutMs = 100;
    public const int MaxTimeoutMs = 600_000;
    public const double MaxSeconds = 86_400;
    public const int DefaultStallTimeoutMs = 10_000;
    public const int DefaultStartTimeoutMs = 20_000;

    /// <summary>
    /// A path of a file; <c>rtsp://</c>, <c>rtsps://</c>, <c>http://</c>, <c>https://</c> or <c>tcp://</c> (a camera that
    /// streams MJPEG, H.264 or MPEG-TS); <c>/dev/videoN</c> or <c>v4l2:PATH</c>.
    /// </summary>
    public required string Input { get; init; }

    /// <summary>Output width in pixels, even, 2..<see cref="MaxSide"/>; 0 (default): the source's own, rounded down to even,
    /// or after <see cref="Height"/> with the source's proportions.</summary>
    public int Width { get; init; }

    /// <summary>Output height in pixels, even, 2..<see cref="MaxSide"/>; 0 (default): as for <see cref="Width"/>.</summary>
    public int Height { get; init; }

    /// <summary>Upper limit of the frame rate, 0.1..240; frames above it are dropped before they are converted and copied.
    /// 0 (default): none for live sources, 60 for files.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>Reads a file at its own pace instead of as fast as possible. Default false. Live sources ignore it.</summary>
    public bool Realtime { get; init; }

    /// <summary>How often a file is read again after its end: 0 (default) not, -1 for ever.</summary>
    public int Loop { get; init; }

    /// <summary>Where reading a file begins, in seconds: 0..86400, default 0. Live sources ignore it.</summary>
    public double StartSeconds { get; init; }

    /// <summary>How much of a file is read, in seconds: 0..86400; 0 (default): to its end. Live sources ignore it.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Without a frame for so long the source counts as broken: 100..600000 ms, default 10000.</summary>
    public int StallTimeoutMs { get; init; } = DefaultStallTimeoutMs;

    /// <summary>Time for the first frame, with connecting and the wait for a key frame: 100..600000 ms, default 20000.</summary>
    public int StartTimeoutMs { get; init; } = DefaultStartTimeoutMs;

    public RtspTransport Transport { get; init; } = RtspTransport.Tcp;

    /// <summary>V4L2 pixel format by ffmpeg's name, such as <c>mjpeg</c> or <c>yuyv422</c>; null (default): the driver's choice.</summary>
    public string? DeviceFormat { get; init; }

    /// <summary>V4L2 picture size to ask of the camera, both or none; 0 (default): the driver's choice.</summary>
    public int DeviceWidth { get; init; }

    /// <inheritdoc cref="DeviceWidth"/>
    public int DeviceHeight { get; init; }

    /// <summary>V4L2 frame rate to ask of the camera; 0 (default): the driver's choice.</summary>
    public double DeviceFramesPerSecond { get; init; }

    /// <summary>The program, looked up in PATH when it has no slash; version 5.1 or newer. Default <c>ffmpeg</c>.</summary>
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>Everything that is wrong, one clear line each; empty when all is well. Never holds a password.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (!CaptureInput.TryParse(Input, out _, out var reason))
            errors.Add(reason);
        CheckSide(errors, nameof(Width), Width);
        CheckSide(errors, nameof(Height), Height);
        CheckSide(errors, nameof(DeviceWidth), DeviceWidth);
        CheckSide(errors, nameof(DeviceHeight), DeviceHeight);
        CheckRate(errors, nameof(FramesPerSecond), FramesPerSecond);
        CheckRate(errors, nameof(DeviceFramesPerSecond), DeviceFramesPerSecond);
        CheckTimeout(errors, nameof(StallTimeoutMs), StallTimeoutMs);
        CheckTimeout(errors, nameof(StartTimeoutMs), StartTimeoutMs);
        CheckSeconds(errors, nameof(StartSeconds), StartSeconds);
        CheckSeconds(errors, nameof(DurationSeconds), DurationSeconds);
        if (Loop < -1)
            errors.Add($"Loop is {Loop}; use -1 (for ever), 0 (once) or more.");
        if (!Enum.IsDefined(Transport))
            errors.Add($"Transport is {(int)Transport}; use Tcp or Udp.");
        if ((DeviceWidth == 0) != (DeviceHeight == 0))
            errors.Add("DeviceWidth and DeviceHeight go together: set both or none.");
        if (DeviceFormat is not null && !(DeviceFormat.Length is > 0 and <= 32 && DeviceFormat.All(char.IsAsciiLetterOrDigit)))
            errors.Add($"DeviceFormat is '{DeviceFormat}'; use a name that ffmpeg knows, such as mjpeg or yuyv422.");
        if (string.IsNullOrWhiteSpace(FfmpegPath))
            errors.Add("FfmpegPath is empty; leave it out to use 'ffmpeg' from PATH.");
        return errors;
    }

    private static void CheckSide(List<string> errors, string name, int value)
    {
        if (value != 0 && (value is < 2 or > MaxSide || value % 2 != 0))
            errors.Add($"{name} is {value}; use an even number 2..{MaxSide}, or 0 for the source's own.");
    }

    private static void CheckRate(List<string> errors, string name, double value)
    {
        if (value != 0 && !(value is >= MinFramesPerSecond and <= MaxFramesPerSecond))
            errors.Add(FormattableString.Invariant($"{name} is {value}; use {MinFramesPerSecond}..{MaxFramesPerSecond}, or 0 for the source's own."));
    }

    private static void CheckSeconds(List<string> errors, string name, double value)
    {
        if (value is not (>= 0 and <= MaxSeconds))
            errors.Add(FormattableString.Invariant($"{name} is {value}; use 0..{MaxSeconds} seconds."));
    }

    private static void CheckTimeout(List<string> errors, string name, int value)
    {
        if (value is < MinTimeoutMs or > MaxTimeoutMs)
            errors.Add($"{name} is {value}; use {MinTimeoutMs}..{MaxTimeoutMs} milliseconds.");
    }
}
