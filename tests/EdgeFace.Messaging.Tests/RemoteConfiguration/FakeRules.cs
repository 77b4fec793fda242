using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

/// <summary>Rules over three made-up settings: "live", "late" (needs a restart) and "link" (the connection); "bad" is never right.</summary>
internal sealed class FakeRules : IConfigurationRules
{
    /// <summary>Versions that no longer fit at the start.</summary>
    public HashSet<long> Unfit { get; } = [];

    public static VersionedSettings Settings(long version, string patch, bool isSigned = false) => new(version, patch, isSigned);

    public SettingsVerdict Judge(VersionedSettings desired, VersionedSettings current, VersionedSettings booted)
    {
        var faults = new List<SettingFault>();
        foreach (var (name, _) in desired.ReadPatch())
        {
            if (name == "bad")
                faults.Add(new("bad", "is bad"));
            else if (name == "secret" && !desired.IsSigned)
                faults.Add(new("secret", "needs a signature", ConfigurationCode.Forbidden));
            else if (name == "fixed")
                faults.Add(new("fixed", "is locked", ConfigurationCode.Locked));
        }

        return new(faults, Value(desired, "late") != Value(booted, "late") ? ["late"] : [], Value(desired, "link") != Value(current, "link"));
    }

    public IReadOnlyList<SettingFault> FaultsAtStart(VersionedSettings settings)
        => Unfit.Contains(settings.Version) ? [new("live", "no longer fits")] : [];

    private static string? Value(VersionedSettings settings, string name) => settings.ReadPatch()[name]?.ToJsonString();
}
