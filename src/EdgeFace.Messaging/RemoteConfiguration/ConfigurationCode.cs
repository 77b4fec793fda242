using System.Text.Json.Serialization;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>Codes of the reported status, after HTTP's.</summary>
public static class ConfigurationCode
{
    /// <summary>In effect.</summary>
    public const int Applied = 200;

    /// <summary>Accepted, but not in effect yet: after a restart, or once connected with it.</summary>
    public const int Accepted = 202;

    /// <summary>The document or a setting cannot be used.</summary>
    public const int Bad = 400;

    /// <summary>A setting may not be changed from afar, or only by a signed document.</summary>
    public const int Forbidden = 403;

    /// <summary>An older version than the one in force, or other settings under a version that was used.</summary>
    public const int Outdated = 409;

    /// <summary>A setting is locked on the device.</summary>
    public const int Locked = 412;

    /// <summary>Accepted, but it did not work: the last good settings are in force.</summary>
    public const int Failed = 500;
}

/// <summary>One thing that is wrong with a desired document.</summary>
/// <param name="Path">The setting, as in <c>cameras[0].width</c>; empty for the document itself.</param>
/// <param name="Code">400, 403 or 412.</param>
public sealed record SettingFault(string Path, string Message, int Code = ConfigurationCode.Bad);

/// <summary>What became of the document that was answered last.</summary>
[method: JsonConstructor]
public sealed record ConfigurationStatus(int Code, string Description, IReadOnlyList<SettingFault> Errors)
{
    public ConfigurationStatus(int code, string description)
        : this(code, description, [])
    {
    }
}
