using System.ComponentModel.DataAnnotations;
using EdgeFace.Inference;

namespace EdgeFace.Server.Configuration;

/// <summary>Configuration of the server: a JSON file with the same names, <c>snake_case</c>.</summary>
internal sealed record ServerOptions
{
    public const string DefaultFile = "/etc/edgeface-server/server.json";

    /// <summary>Addresses to listen on, <c>ip:port</c>; default 127.0.0.1:8321. Others than the loopback need TLS or a proxy.</summary>
    [MinLength(1)]
    [MaxLength(8)]
    public IReadOnlyList<string> Listen { get; init; } = ["127.0.0.1:8321"];

    /// <summary>
    /// A proxy in front of the server does TLS, and nobody else reaches the server: plain HTTP is then served on any address, and the
    /// caller's address is taken from X-Forwarded-For; default false.
    /// </summary>
    public bool BehindProxy { get; init; }

    /// <summary>Folder of the embedded store; default: systemd's state directory, else <c>edgeface-server</c> among the user's data.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string DataFolder { get; init; } = DefaultDataFolder();

    public TlsOptions Tls { get; init; } = new();

    public StoreOptions Store { get; init; } = new();

    public PhotoOptions Photos { get; init; } = new();

    public RetentionOptions Retention { get; init; } = new();

    /// <summary>The embedder must be the boards'.</summary>
    public ModelOptions Models { get; init; } = new();

    public EnrollmentRules Enrollment { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    public NudgeOptions Nudge { get; init; } = new();

    public LogOptions Logging { get; init; } = new();

    private static string DefaultDataFolder()
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state)
            return state.Split(':')[0];
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : "/var/lib", "edgeface-server");
    }
}

/// <summary>TLS by the server itself.</summary>
internal sealed record TlsOptions
{
    /// <summary>PEM file of the server's certificate, then those between it and the root; read again when it changes; null: plain HTTP.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }

    /// <summary>
    /// PEM file of the authorities whose certificates devices may show instead of a key; the certificate's common name is the
    /// device's id; null: none.
    /// </summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? ClientCaFile { get; init; }
}

/// <summary>Where people, templates and revisions are kept.</summary>
internal sealed record StoreOptions
{
    /// <summary>Connection string of PostgreSQL, without a password; null: one SQLite file in the data folder; default null.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public string? Postgres { get; init; }

    /// <summary>File whose first line is PostgreSQL's password; null: systemd's credential <c>postgres-password</c>, else none; default null.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? PostgresPasswordFile { get; init; }

    /// <summary>
    /// Key file under which names, consent references, templates and photos are sealed (<c>edgeface-server encryption create</c>);
    /// null: systemd's credential <c>store-key</c>, else they stand in the store as they are; default null.
    /// </summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }

    /// <summary>Days that a removal is kept for boards that were away; one that was away longer begins anew; default 90.</summary>
    [Range(1, 3650)]
    public int TombstoneDays { get; init; } = 90;
}

/// <summary>What becomes of photos.</summary>
internal sealed record PhotoOptions
{
    /// <summary>
    /// Keeps the photos that were accepted, so that people need not come again when the model changes; needs <c>store.key_file</c>.
    /// Default false: only templates are kept.
    /// </summary>
    public bool Keep { get; init; }
}

/// <summary>How long people are kept.</summary>
internal sealed record RetentionOptions
{
    /// <summary>Days after which a person is erased who was added without saying when; null: never; default null.</summary>
    [Range(1, 36_500)]
    public int? DefaultDays { get; init; }
}

/// <summary>How much callers may ask for.</summary>
internal sealed record LimitOptions
{
    /// <summary>Requests a minute and key (without a key: and address); default 600.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerMinute { get; init; } = 600;

    /// <summary>Requests a minute and address with one wrong key, and a twentieth of those with wrong keys at all; default 30.</summary>
    [Range(1, 1_000_000)]
    public int FailuresPerMinute { get; init; } = 30;
}

/// <summary>The broker over which boards are told that there is something new; without it they ask every so often.</summary>
internal sealed record NudgeOptions
{
    /// <summary>Publishes each group's revision, retained, on <c>edgeface-gallery/GROUP/revision</c>; default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>Name or address of the broker; default localhost.</summary>
    [StringLength(255, MinimumLength = 1)]
    public string Host { get; init; } = "localhost";

    /// <summary>Default 1883, with TLS 8883.</summary>
    [Range(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>Default: <c>edgeface-server-</c> and the host's name; one for each instance.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? ClientId { get; init; }

    /// <summary>File whose first line is the user's name.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? UsernameFile { get; init; }

    /// <summary>File whose first line is the password.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? PasswordFile { get; init; }

    /// <summary>TLS to the broker; default false.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file of the authorities trusted; default: the system's.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CaFile { get; init; }

    [StringLength(1024, MinimumLength = 1)]
    public string? CertificateFile { get; init; }

    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }

    /// <summary>Each board waits a random part of this many milliseconds before it asks; for very large groups; default 0.</summary>
    [Range(0, EdgeFace.Gallery.Sync.RevisionNote.MaxSpreadMs)]
    public int SpreadMs { get; init; }
}

internal enum LogLevelOption
{
    Debug,
    Information,
    Warning,
    Error,
}

internal sealed record LogOptions
{
    /// <summary>Default <see cref="LogLevelOption.Information"/>.</summary>
    public LogLevelOption Level { get; init; } = LogLevelOption.Information;
}
