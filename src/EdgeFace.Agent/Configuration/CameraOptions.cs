using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>How a file's frames are paced.</summary>
internal enum SourcePace
{
    /// <summary>At the rate of the source; when a stage is slow the oldest frame is dropped.</summary>
    Live,

    /// <summary>As fast as the stages take them; nothing is dropped. For files and folders only.</summary>
    Max,
}

internal enum RtspTransportOption
{
    Tcp,
    Udp,
}

/// <summary>One camera.</summary>
internal sealed record CameraOptions
{
    public const int MinSide = 64;
    public const int MaxSide = 7680;
    public const double MaxFramesPerSecond = 240;
    public const int MinStallTimeoutMs = 500;
    public const int MaxStallTimeoutMs = 600_000;

    /// <summary>Name of the camera in topics and events.</summary>
    [Required]
    [StringLength(64, MinimumLength = 1)]
    [Description("Name of the camera in topics and events.")]
    public string Name { get; init; } = "";

    /// <summary>A file, a folder of pictures, <c>/dev/videoN</c>, or <c>rtsp[s]://</c>, <c>http[s]://</c> or <c>tcp://</c> of a live stream.</summary>
    [Required]
    [StringLength(2048, MinimumLength = 1)]
    [Description("A file, a folder of pictures, /dev/videoN, or rtsp://, http:// or tcp:// of a live stream.")]
    public string Source { get; init; } = "";

    /// <summary>False leaves the camera out; default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Width that frames are scaled to, in pixels; 0 keeps the source's own; default 0.</summary>
    [RangeOrZero(MinSide, MaxSide)]
    public int Width { get; init; }

    /// <summary>Height that frames are scaled to, in pixels; 0 keeps the source's own; default 0.</summary>
    [RangeOrZero(MinSide, MaxSide)]
    public int Height { get; init; }

    /// <summary>Upper limit of the frame rate; 0 keeps the source's own; default 0. Pictures of a folder: 5 when 0.</summary>
    [Range(0.0, MaxFramesPerSecond)]
    public double FramesPerSecond { get; init; }

    /// <summary>Default <see cref="SourcePace.Live"/>.</summary>
    public SourcePace Pace { get; init; } = SourcePace.Live;

    /// <summary>Where a file starts, in seconds; default 0.</summary>
    [Range(0.0, 86_400.0)]
    public double StartSeconds { get; init; }

    /// <summary>How much of a file is read, in seconds; 0 reads to its end; default 0.</summary>
    [Range(0.0, 86_400.0)]
    public double DurationSeconds { get; init; }

    /// <summary>How often a file is read again after its end; -1 for ever; default 0.</summary>
    [Range(-1, 1_000_000)]
    public int Loop { get; init; }

    /// <summary>How long each picture of a folder is shown, in seconds; default 3.</summary>
    [Range(0.1, 3600.0)]
    public double PictureSeconds { get; init; } = 3;

    /// <summary>Transport of an RTSP stream; default TCP.</summary>
    public RtspTransportOption RtspTransport { get; init; } = RtspTransportOption.Tcp;

    /// <summary>Milliseconds without a frame after which a source counts as stalled; default 5000.</summary>
    [Range(MinStallTimeoutMs, MaxStallTimeoutMs)]
    public int StallTimeoutMs { get; init; } = 5_000;

    /// <summary>First pause before a source that broke is opened anew, doubled up to the longest; default 1000.</summary>
    [Range(50, 600_000)]
    public int ReopenMs { get; init; } = 1_000;

    /// <summary>Longest pause before a source that broke is opened anew; default 30000.</summary>
    [Range(50, 3_600_000)]
    public int MaxReopenMs { get; init; } = 30_000;
}
