using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>
/// Everything that can be set, as it stands in the configuration file: JSON, snake_case names, comments and trailing
/// commas allowed. What is left out keeps the default that the property's comment gives.
/// </summary>
internal sealed record AgentOptions
{
    public const int MaxCameras = 16;
    public const string DefaultFile = "/etc/edgeface/edgeface.json";

    /// <summary>Name of this device in topics and events; default: the host's name.</summary>
    [StringLength(64, MinimumLength = 1)]
    [Description("Name of this device in topics and events.")]
    [Remote(RemoteAccess.Open)]
    [ConnectionSetting]
    public string Device { get; init; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>Folder of the gallery, the outbox, logs and metrics; default: systemd's state folder, else the user's own.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Description("Folder of the gallery, the outbox, logs and metrics.")]
    [Remote(RemoteAccess.Signed)]
    [RestartRequired]
    public string DataFolder { get; init; } = DefaultDataFolder();

    /// <summary>Cameras to watch; none is allowed for commands that need no camera.</summary>
    [MaxLength(MaxCameras)]
    [Description("Cameras to watch.")]
    [Remote(RemoteAccess.Open)]
    [RestartRequired]
    public IReadOnlyList<CameraOptions> Cameras { get; init; } = [];

    [Remote(RemoteAccess.Open)]
    [RestartRequired]
    public ModelOptions Models { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    public RecognitionOptions Recognition { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    [RestartRequired]
    public TrackingOptions Tracking { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    [RestartRequired]
    public PipelineOptions Pipeline { get; init; } = new();

    public EnrollmentOptions Enrollment { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    public SnapshotOptions Snapshots { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    public RecordingOptions Recordings { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    [ConnectionSetting]
    public BrokerOptions Mqtt { get; init; } = new();

    public LoggingOptions Logging { get; init; } = new();

    public RemoteOptions Remote { get; init; } = new();

    private static string DefaultDataFolder()
    {
        // systemd hands over StateDirectory= in this variable, several separated by a colon.
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state)
            return state.Split(':')[0];
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : "/var/lib", "edgeface");
    }
}

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

/// <summary>Which models are loaded, from where.</summary>
internal sealed record ModelOptions
{
    /// <summary>Folder with one folder a model; default: <c>models</c> beside the program.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string Folder { get; init; } = Path.Combine(AppContext.BaseDirectory, "models");

    [StringLength(64, MinimumLength = 1)]
    public string Detector { get; init; } = "detector-rfb320";

    [StringLength(64, MinimumLength = 1)]
    public string Landmarks { get; init; } = "landmarks-68";

    [StringLength(64, MinimumLength = 1)]
    public string Embedder { get; init; } = "embedder-mobilefacenet";

    /// <summary>Threads of each model, 1..16; default 1.</summary>
    [Range(1, 16)]
    public int Threads { get; init; } = 1;
}

/// <summary>When a face counts as known, as unknown, or as undecided.</summary>
internal sealed record RecognitionOptions
{
    public const int MaxFaces = 64;

    /// <summary>Cosine similarity from which on a face counts as known; null takes the embedder's own; default null.</summary>
    [Range(-1.0, 1.0)]
    [Description("Cosine similarity from which on a face counts as known; null takes the embedder's own.")]
    public double? Threshold { get; init; }

    /// <summary>Score from which on the detector's finding counts as a face; null takes the detector's own; default null.</summary>
    [Range(0.05, 0.999)]
    [RestartRequired]
    public double? DetectionThreshold { get; init; }

    /// <summary>Shorter side of a face from which on it is compared, in pixels; default 40.</summary>
    [Range(16, 2000)]
    public int MinFacePixels { get; init; } = 40;

    /// <summary>Quality from which on a face is compared, 0..1; default 0.25.</summary>
    [Range(0.0, 1.0)]
    public double MinQuality { get; init; } = 0.25;

    /// <summary>Faces of a visit that must agree before it counts as known; default 2.</summary>
    [Range(1, MaxFaces)]
    public int KnownAfterFaces { get; init; } = 2;

    /// <summary>Faces of a visit that must have been compared before it counts as unknown; default 5.</summary>
    [Range(1, MaxFaces)]
    public int UnknownAfterFaces { get; init; } = 5;

    /// <summary>Milliseconds after which a visit is reported as it stands, decided or not; default 4000.</summary>
    [Range(200, 600_000)]
    public int UndecidedAfterMs { get; init; } = 4_000;

    /// <summary>Least pause between two comparisons of a visit that is not decided, in milliseconds; default 80.</summary>
    [Range(0, 60_000)]
    public int CompareIntervalMs { get; init; } = 80;

    /// <summary>Pause between two comparisons of a visit that is decided, in milliseconds; default 1000.</summary>
    [Range(0, 600_000)]
    public int RecheckIntervalMs { get; init; } = 1_000;

    /// <summary>By how much another person must be more similar before a known visit changes its person; default 0.08.</summary>
    [Range(0.0, 1.0)]
    public double SwitchMargin { get; init; } = 0.08;
}

/// <summary>How faces are followed from frame to frame.</summary>
internal sealed record TrackingOptions
{
    /// <summary>Milliseconds that a face may be out of sight before its visit ends; default 1500.</summary>
    [Range(100, 60_000)]
    public int MaxLostMs { get; init; } = 1_500;

    /// <summary>Frames in a row in which a face must be found before it is followed; default 2.</summary>
    [Range(1, 30)]
    public int ConfirmHits { get; init; } = 2;

    /// <summary>Faces followed at once; default 32.</summary>
    [Range(1, 256)]
    public int MaxFaces { get; init; } = 32;
}

/// <summary>The queues between the stages.</summary>
internal sealed record PipelineOptions
{
    /// <summary>Frames that wait for the detector; default 2.</summary>
    [Range(1, 64)]
    public int DetectQueue { get; init; } = 2;

    /// <summary>Frames with faces that wait for the tracker; default 2.</summary>
    [Range(1, 64)]
    public int TrackQueue { get; init; } = 2;

    /// <summary>Faces and ends of visits that wait to be compared; default 32.</summary>
    [Range(4, 1024)]
    public int RecognizeQueue { get; init; } = 32;

    /// <summary>Events that wait to be written to the outbox; default 256.</summary>
    [Range(8, 4096)]
    public int PublishQueue { get; init; } = 256;
}

/// <summary>What a picture must be like to enrol a person.</summary>
internal sealed record EnrollmentOptions
{
    /// <summary>Shorter side of the face, in pixels; default 60.</summary>
    [Range(16, 2000)]
    public int MinFacePixels { get; init; } = 60;

    /// <summary>Sharpness of the face, 0..1; default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double MinSharpness { get; init; } = 0.2;
}

/// <summary>Annotated pictures of visits. Off unless switched on: they show faces.</summary>
internal sealed record SnapshotOptions
{
    public bool Enabled { get; init; }

    /// <summary>Default: <c>snapshots</c> in the data folder.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? Folder { get; init; }

    /// <summary>Pictures kept, the oldest go first; default 200.</summary>
    [Range(1, 100_000)]
    public int KeepCount { get; init; } = 200;

    /// <summary>Hours that a picture is kept; default 72.</summary>
    [Range(1, 8_760)]
    public int KeepHours { get; init; } = 72;
}

/// <summary>Recordings of visits for <c>edgeface replay</c>. Off unless switched on: they hold faces.</summary>
internal sealed record RecordingOptions
{
    public bool Enabled { get; init; }

    /// <summary>Default: <c>recordings</c> in the data folder.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? Folder { get; init; }

    /// <summary>Recordings kept, the oldest go first; default 50.</summary>
    [Range(1, 10_000)]
    public int KeepCount { get; init; } = 50;

    /// <summary>Hours that a recording is kept; default 24.</summary>
    [Range(1, 8_760)]
    public int KeepHours { get; init; } = 24;
}

/// <summary>The MQTT broker.</summary>
internal sealed record BrokerOptions
{
    /// <summary>False publishes nothing and keeps nothing for later: events are only logged; default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Brokers in order of preference, <c>host</c> or <c>host:port</c>; default localhost.</summary>
    [MinLength(1)]
    [MaxLength(8)]
    public IReadOnlyList<string> Servers { get; init; } = ["localhost"];

    /// <summary>First level of every topic; default <c>edgeface</c>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string TopicRoot { get; init; } = "edgeface";

    /// <summary>Default: <c>edgeface-</c> and the device's name.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? ClientId { get; init; }

    /// <summary>File whose first line is the user's name.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? UsernameFile { get; init; }

    /// <summary>File whose first line is the password.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? PasswordFile { get; init; }

    [Range(5, 3600)]
    public int KeepAliveSeconds { get; init; } = 30;

    [Remote(RemoteAccess.Signed)]
    public BrokerTlsOptions Tls { get; init; } = new();

    public OutboxLimits Outbox { get; init; } = new();

    public HomeAssistantOptions HomeAssistant { get; init; } = new();
}

/// <summary>TLS to the broker. The server's name is always checked.</summary>
internal sealed record BrokerTlsOptions
{
    public bool Enabled { get; init; }

    /// <summary>Certificates trusted, PEM; default: the system's.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CaFile { get; init; }

    [StringLength(1024, MinimumLength = 1)]
    public string? CertificateFile { get; init; }

    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }
}

/// <summary>Makes the device show in Home Assistant by itself.</summary>
internal sealed record HomeAssistantOptions
{
    /// <summary>True announces the device and its cameras; false takes that back; default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>First level of the topics that Home Assistant listens to; default <c>homeassistant</c>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string Prefix { get; init; } = "homeassistant";
}

/// <summary>Bounds of the events kept on disk while the broker is away.</summary>
internal sealed record OutboxLimits
{
    [Range(100, 10_000_000)]
    public int MaxMessages { get; init; } = 100_000;

    [Range(1, 65_536)]
    public int MaxMegabytes { get; init; } = 256;

    [Range(1, 8_760)]
    public int MaxAgeHours { get; init; } = 720;
}

internal enum LogLevelOption
{
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>Log of the agent.</summary>
internal sealed record LoggingOptions
{
    /// <summary>Default <see cref="LogLevelOption.Information"/>.</summary>
    [Remote(RemoteAccess.Open)]
    public LogLevelOption Level { get; init; } = LogLevelOption.Information;

    /// <summary>Also writes JSON lines to <c>log/</c> in the data folder, for the support bundle; default true.</summary>
    public bool File { get; init; } = true;

    /// <summary>Size of one log file; four are kept; default 2 MB.</summary>
    [Range(1, 256)]
    public int FileMegabytes { get; init; } = 2;
}
