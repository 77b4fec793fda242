using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>Settings of one version: a merge patch over the file configuration, as text so that nobody can change it.</summary>
/// <param name="Version">1 and up; 0 for the file configuration alone.</param>
/// <param name="Patch">A JSON object.</param>
/// <param name="IsSigned">Whether a key of the device's list vouched for it.</param>
public sealed record VersionedSettings(long Version, string Patch, bool IsSigned)
{
    /// <summary>The file configuration alone.</summary>
    public static VersionedSettings None { get; } = new(0, "{}", IsSigned: false);

    public JsonObject ReadPatch() => JsonNode.Parse(Patch)!.AsObject();

    /// <summary>Whether both ask for the same, however it is written.</summary>
    public bool IsSame(VersionedSettings other)
        => Version == other.Version && IsSigned == other.IsSigned && JsonNode.DeepEquals(ReadPatch(), other.ReadPatch());
}

/// <summary>All that is known of the remote configuration. Immutable; what is kept on disk.</summary>
public sealed record ConfigurationState
{
    /// <summary>Starts with a change that nobody has seen working, after which the last good settings are taken.</summary>
    public const int MaxAttempts = 3;

    /// <summary>The settings in force (those that need a restart: from the next start on).</summary>
    public required VersionedSettings Current { get; init; }

    /// <summary>The last settings with which the device ran for a while.</summary>
    public required VersionedSettings LastGood { get; init; }

    /// <summary>The settings that this run of the device started with.</summary>
    public required VersionedSettings Booted { get; init; }

    /// <summary>Not null while <see cref="Current"/> must show that a connection comes about: what to go back to.</summary>
    public VersionedSettings? Fallback { get; init; }

    /// <summary>What was given up; it is not tried again.</summary>
    public VersionedSettings? Failed { get; init; }

    /// <summary>Starts with <see cref="Current"/> that have not ended well so far; 0 once it is <see cref="LastGood"/>.</summary>
    public int Attempts { get; init; }

    /// <summary>Settings that take effect with the next start.</summary>
    public IReadOnlyList<string> RestartRequired { get; init; } = [];

    /// <summary>Version of the document that <see cref="Status"/> answers.</summary>
    public long AnsweredVersion { get; init; }

    public required ConfigurationStatus Status { get; init; }

    /// <summary>When <see cref="Current"/> took effect; null for the file configuration alone.</summary>
    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>Before anything was changed from afar.</summary>
    public static ConfigurationState Initial { get; } = new()
    {
        Current = VersionedSettings.None,
        LastGood = VersionedSettings.None,
        Booted = VersionedSettings.None,
        Status = new ConfigurationStatus(ConfigurationCode.Applied, "the file configuration, unchanged"),
    };

    public bool IsOnProbation => Fallback is not null;

    /// <summary>Whether the device has run with <see cref="Current"/> for a while.</summary>
    public bool IsProven => Current == LastGood;
}
