namespace EdgeFace.Agent.Configuration;

/// <summary>Who may change a setting from afar.</summary>
internal enum RemoteAccess
{
    /// <summary>Nobody: it is set in the file on the device alone.</summary>
    None,

    /// <summary>Whoever may publish to the device's topic.</summary>
    Open,

    /// <summary>Only a document signed with a key of the device's list.</summary>
    Signed,
}

/// <summary>Puts a setting, or all settings below it, on the list of those that can be changed from afar.</summary>
/// <param name="setting">The one setting below it that is meant, of a section that is not the agent's own; null: all.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
internal sealed class RemoteAttribute(RemoteAccess access, string? setting = null) : Attribute
{
    public RemoteAccess Access { get; } = access;

    public string? Setting { get; } = setting;
}

/// <summary>A setting, or all settings below it, that takes effect with the next start.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RestartRequiredAttribute : Attribute;

/// <summary>A setting, or all settings below it, whose wrong value could cut the device off: changed on probation.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ConnectionSettingAttribute : Attribute;
