using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EdgeFace.Inference;

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
    [Remote(RemoteAccess.Signed, "folder")]
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

    [Remote(RemoteAccess.Open)]
    public EnrollmentRules Enrollment { get; init; } = new();

    public GalleryOptions Gallery { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    public SnapshotOptions Snapshots { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    public RecordingOptions Recordings { get; init; } = new();

    [Remote(RemoteAccess.Open)]
    [ConnectionSetting]
    public BrokerOptions Mqtt { get; init; } = new();

    public RequestOptions Requests { get; init; } = new();

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
