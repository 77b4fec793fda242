using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

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

    /// <summary>Seconds between figures on the topic <c>metrics</c>; 0 for none; default 30.</summary>
    [RangeOrZero(5, 3600)]
    public int MetricsSeconds { get; init; } = 30;

    public PictureMessageOptions Pictures { get; init; } = new();

    public HomeAssistantOptions HomeAssistant { get; init; } = new();

    public FrigateOptions Frigate { get; init; } = new();
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

    /// <summary>True adds a presence sensor for each enrolled person; default false.</summary>
    public bool Presence { get; init; }

    /// <summary>Seconds after the last visit that a person still counts as present; default 60.</summary>
    [Range(0, 86_400)]
    public int PresenceSeconds { get; init; } = 60;
}

/// <summary>Pictures of visits to the broker. They show faces.</summary>
internal sealed record PictureMessageOptions
{
    /// <summary>True publishes an annotated JPEG at the end of each visit; default false.</summary>
    [Remote(RemoteAccess.Signed)]
    public bool Enabled { get; init; }

    /// <summary>0: sent once. 1: acknowledged by the broker; default 0.</summary>
    [Range(0, 1)]
    public int Qos { get; init; }

    /// <summary>JPEG quality; default 80.</summary>
    [Range(20, 95)]
    public int Quality { get; init; } = 80;
}

/// <summary>Messages in the form of Frigate's, for consumers that know those.</summary>
internal sealed record FrigateOptions
{
    /// <summary>Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>First level of their topics; a prefix of its own for each device; default <c>frigate</c>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string Prefix { get; init; } = "frigate";
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
