using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>Changing settings over MQTT. This section can be changed in the file on the device alone.</summary>
internal sealed record RemoteOptions
{
    public const int MinProbationSeconds = 2;
    public const int MaxProbationSeconds = 3_600;
    public const int MaxKeys = 16;
    public const int MaxLocked = 128;

    /// <summary>False ignores what is desired from afar; default true.</summary>
    public bool Enabled { get; init; } = true;

    public CloudOptions Cloud { get; init; } = new();

    /// <summary>Settings or sections, as in <c>recognition.threshold</c>, that nobody can change from afar; default none.</summary>
    [MaxLength(MaxLocked)]
    public IReadOnlyList<string> Locked { get; init; } = [];

    /// <summary>Public keys whose signature security settings need; default none, so that they cannot be changed from afar.</summary>
    [MaxLength(MaxKeys)]
    public IReadOnlyList<SigningKeyOptions> Keys { get; init; } = [];

    /// <summary>Seconds in which a connection must come about after its settings were changed; default 120.</summary>
    [Range(MinProbationSeconds, MaxProbationSeconds)]
    public int ProbationSeconds { get; init; } = 120;

    /// <summary>Seconds that the device must run with changed settings before they count as good; default 60.</summary>
    [Range(1, 3_600)]
    public int ProveSeconds { get; init; } = 60;
}

/// <summary>A key that may sign desired documents.</summary>
internal sealed record SigningKeyOptions
{
    /// <summary>The name that documents give as <c>key_id</c>.</summary>
    [Required]
    [StringLength(64, MinimumLength = 1)]
    public string Id { get; init; } = "";

    /// <summary>File with the public key: PEM, ECDSA, curve P-256.</summary>
    [Required]
    [StringLength(1024, MinimumLength = 1)]
    public string File { get; init; } = "";
}
