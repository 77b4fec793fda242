namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>What is to be done about a new state, in this order. Flags.</summary>
[Flags]
public enum ConfigurationEffects
{
    None = 0,

    /// <summary>Write the state to disk. When that fails nothing else may be done: <see cref="ConfigurationMachine.NotKept"/>.</summary>
    Save = 1,

    /// <summary>Put the live settings of <see cref="ConfigurationState.Current"/> into effect.</summary>
    Apply = 2,

    /// <summary>Tell what became of it.</summary>
    Report = 4,

    /// <summary>Begin anew with <see cref="ConfigurationState.Current"/>, as the connection itself changes.</summary>
    Restart = 8,
}

/// <summary>A new state and what it asks for.</summary>
public readonly record struct Transition(ConfigurationState State, ConfigurationEffects Effects);

/// <summary>What is found out about settings before they are accepted.</summary>
/// <param name="Faults">All that is wrong; empty when they can be used.</param>
/// <param name="RestartRequired">Settings that differ from those the device started with and take effect with the next start.</param>
/// <param name="TouchesConnection">Whether a wrong value could cut the device off.</param>
public sealed record SettingsVerdict(IReadOnlyList<SettingFault> Faults, IReadOnlyList<string> RestartRequired, bool TouchesConnection);

/// <summary>The device's own rules for settings. Pure: the same arguments, the same answer.</summary>
public interface IConfigurationRules
{
    /// <summary>Judges a change from the settings in force to others.</summary>
    SettingsVerdict Judge(VersionedSettings desired, VersionedSettings current, VersionedSettings booted);

    /// <summary>Faults of settings at the start, over the file configuration as it is now.</summary>
    IReadOnlyList<SettingFault> FaultsAtStart(VersionedSettings settings);
}

/// <summary>
/// The remote configuration as a state machine without clock or I/O: each step takes a state and what happened, and gives
/// the next state and what to do. It never leaves a device without settings it can run with: a change is kept beside the
/// last good settings until it has shown that it works.
/// </summary>
public static partial class ConfigurationMachine
{
    /// <summary>A desired document has come, or the retained one once more.</summary>
    public static Transition Desired(ConfigurationState state, VersionedSettings desired, IConfigurationRules rules, DateTimeOffset now)
    {
        if (desired.Version == state.Current.Version)
            return desired.IsSame(state.Current) ? Again(state) : Refuse(state, desired.Version, Reused(desired.Version));
        if (state.Failed is { } failed && desired.Version == failed.Version)
            return desired.IsSame(failed) ? Remind(state, failed) : Refuse(state, desired.Version, Reused(desired.Version));
        var newest = Math.Max(state.Current.Version, state.Failed?.Version ?? 0);
        if (desired.Version < newest)
            return Refuse(state, desired.Version, new(ConfigurationCode.Outdated, $"version {desired.Version} is older than {newest}, which was tried or is in force"));
        var verdict = rules.Judge(desired, state.Current, state.Booted);
        return verdict.Faults.Count > 0 ? Refuse(state, desired.Version, Explain(verdict.Faults)) : Accept(state, desired, verdict, now);
    }

    /// <summary>What came is not a document at all, or not one of somebody who may send it.</summary>
    public static Transition Unreadable(ConfigurationState state, long version, IReadOnlyList<SettingFault> faults)
        => Refuse(state, version, Explain(faults));

    /// <summary>The broker has accepted the device.</summary>
    public static Transition Connected(ConfigurationState state, DateTimeOffset now)
    {
        if (!state.IsOnProbation)
            return new(state, ConfigurationEffects.None);
        var next = state with { Fallback = null, AppliedAt = now, AnsweredVersion = state.Current.Version, Status = InForce(state.RestartRequired) };
        return new(next, ConfigurationEffects.Save | ConfigurationEffects.Report);
    }

    /// <summary>Something is to be added to the report on the settings in force, after <see cref="Connected"/>.</summary>
    public static Transition Remarked(ConfigurationState state, string remark)
    {
        if (state.IsOnProbation || state.AnsweredVersion != state.Current.Version || state.Status.Code is not (ConfigurationCode.Applied or ConfigurationCode.Accepted))
            return new(state, ConfigurationEffects.None);
        var next = state with { Status = state.Status with { Description = $"{state.Status.Description}; {remark}" } };
        return new(next, ConfigurationEffects.Save | ConfigurationEffects.Report);
    }

    /// <summary>No connection came about in time.</summary>
    public static Transition ProbationOver(ConfigurationState state, TimeSpan limit, DateTimeOffset now)
    {
        if (state.Fallback is not { } fallback)
            return new(state, ConfigurationEffects.None);
        var description = FormattableString.Invariant(
            $"rolled back to version {fallback.Version}: no connection with version {state.Current.Version} within {limit.TotalSeconds:0} s");
        return new(GoBack(state, fallback, new(ConfigurationCode.Failed, description), now),
            ConfigurationEffects.Save | ConfigurationEffects.Report | ConfigurationEffects.Restart);
    }

    /// <summary>The device has run for a while: what it runs with is good.</summary>
    public static Transition Stable(ConfigurationState state)
    {
        // What waits for a restart has not run yet, however long the device has.
        if (state.IsProven || state.IsOnProbation || state.RestartRequired.Count > 0)
            return new(state, ConfigurationEffects.None);
        return new(state with { LastGood = state.Current, Attempts = 0 }, ConfigurationEffects.Save);
    }

    /// <summary>The device ends on purpose: no crash.</summary>
    public static Transition Stopped(ConfigurationState state)
        => state.Attempts == 0 ? new(state, ConfigurationEffects.None) : new(state with { Attempts = 0 }, ConfigurationEffects.Save);

    /// <summary>The state could not be written: what was before stays.</summary>
    /// <param name="before">The state before the step that asked for it.</param>
    /// <param name="version">The document it was about.</param>
    /// <param name="reason">Of the failure, for the report.</param>
    public static Transition NotKept(ConfigurationState before, long version, string reason)
        => Refuse(before, version, new(ConfigurationCode.Failed, $"not applied, since it could not be kept: {reason}"));

    /// <summary>Live settings could not be put into effect: what was before is.</summary>
    public static Transition NotApplied(ConfigurationState before, VersionedSettings desired, string reason)
    {
        var next = before with
        {
            Failed = desired,
            AnsweredVersion = desired.Version,
            Status = new(ConfigurationCode.Failed, $"not applied: {reason}"),
        };
        return new(next, ConfigurationEffects.Save | ConfigurationEffects.Apply | ConfigurationEffects.Report);
    }

    private static ConfigurationStatus OnProbation { get; } = new(ConfigurationCode.Accepted, "on probation: kept if the device connects with it, else rolled back");

    private static Transition Accept(ConfigurationState state, VersionedSettings desired, SettingsVerdict verdict, DateTimeOffset now)
    {
        var next = state with
        {
            Current = desired,
            Failed = null,
            Attempts = 1,
            AnsweredVersion = desired.Version,
            RestartRequired = verdict.RestartRequired,
        };
        if (verdict.TouchesConnection)
        {
            next = next with
            {
                // A change on top of one that still is on probation goes back to where that one would.
                Fallback = state.Fallback ?? state.Current,
                Status = OnProbation,
            };
            return new(next, ConfigurationEffects.Save | ConfigurationEffects.Report | ConfigurationEffects.Restart);
        }

        return new(next with { AppliedAt = now, Status = InForce(verdict.RestartRequired) },
            ConfigurationEffects.Save | ConfigurationEffects.Apply | ConfigurationEffects.Report);
    }

    private static ConfigurationState GoBack(ConfigurationState state, VersionedSettings target, ConfigurationStatus status, DateTimeOffset now) => state with
    {
        Current = target,
        Fallback = null,
        Failed = state.Current,
        Attempts = 0,
        RestartRequired = [],
        AnsweredVersion = state.Current.Version,
        Status = status,
        AppliedAt = now,
    };

    // The same as is in force: a repetition is no error, and is answered as it stands.
    private static Transition Again(ConfigurationState state)
    {
        var next = state.AnsweredVersion == state.Current.Version && state.Status.Code is (ConfigurationCode.Applied or ConfigurationCode.Accepted)
            ? state
            : state with { AnsweredVersion = state.Current.Version, Status = state.IsOnProbation ? OnProbation : InForce(state.RestartRequired) };
        return new(next, ConfigurationEffects.Report);
    }

    private static Transition Remind(ConfigurationState state, VersionedSettings failed)
        => state.AnsweredVersion == failed.Version && state.Status.Code == ConfigurationCode.Failed
            ? new(state, ConfigurationEffects.Report)
            : Refuse(state, failed.Version, new(ConfigurationCode.Failed, $"version {failed.Version} was tried and given up; send a corrected one with a higher version"));

    // Refusals are not written to disk: the retained document comes again with the next connection and is refused again.
    private static Transition Refuse(ConfigurationState state, long version, ConfigurationStatus status)
        => new(state with { AnsweredVersion = version, Status = status }, ConfigurationEffects.Report);

    private static ConfigurationStatus Reused(long version)
        => new(ConfigurationCode.Outdated, $"version {version} was used with other settings; send these with a higher version");

    private static ConfigurationStatus InForce(IReadOnlyCollection<string> restartRequired) => restartRequired.Count == 0
        ? new(ConfigurationCode.Applied, "applied")
        : new(ConfigurationCode.Accepted, $"applied but for {restartRequired.Count} settings that take effect with the next start");

    private static ConfigurationStatus Explain(IReadOnlyList<SettingFault> faults)
    {
        // A mistake comes before a prohibition, and that before a lock: the sender mends what he can in this order.
        int[] order = [ConfigurationCode.Bad, ConfigurationCode.Forbidden, ConfigurationCode.Locked];
        var code = order.First(candidate => faults.Any(fault => fault.Code == candidate));
        var description = faults.Count == 1 ? "refused: one error; nothing was changed" : $"refused: {faults.Count} errors; nothing was changed";
        return new ConfigurationStatus(code, description, faults);
    }
}
