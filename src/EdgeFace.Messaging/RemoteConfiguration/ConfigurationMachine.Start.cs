namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>The start of the device, and what may go wrong with it.</summary>
public static partial class ConfigurationMachine
{
    /// <summary>
    /// The device starts: chooses the settings to run with. A change that has crashed the device too often, or that no longer
    /// fits the file configuration, gives way to the last good settings, and those to the file configuration alone.
    /// </summary>
    public static Transition Start(ConfigurationState state, IConfigurationRules rules, DateTimeOffset now)
    {
        var next = state;
        if (!state.IsProven && state.Attempts >= ConfigurationState.MaxAttempts)
        {
            next = GoBack(state, state.LastGood, new(ConfigurationCode.Failed,
                $"back to version {state.LastGood.Version}: the device crashed {state.Attempts} times in a row with version {state.Current.Version}"), now);
        }

        next = FirstUsable(next, rules, now);
        if (!next.IsProven)
            next = next with { Attempts = next.Attempts + 1 };
        if (next.RestartRequired.Count > 0 || (next.Status.Code == ConfigurationCode.Accepted && !next.IsOnProbation))
            next = next with { AppliedAt = now, AnsweredVersion = next.Current.Version, RestartRequired = [], Status = next.IsOnProbation ? next.Status : InForce([]) };
        next = next with { Booted = next.Current };
        return new(next, next == state ? ConfigurationEffects.Report : ConfigurationEffects.Save | ConfigurationEffects.Report);
    }

    /// <summary>
    /// The device could not be put together with its settings (a model or certificate that is not there). With
    /// <see cref="ConfigurationEffects.None"/> there is nothing left to go back to: the fault is in the file configuration.
    /// </summary>
    public static Transition StartFailed(ConfigurationState state, string reason, DateTimeOffset now)
    {
        if (state.Current.Version == 0)
            return new(state, ConfigurationEffects.None);
        var target = state.Fallback ?? (state.IsProven ? VersionedSettings.None : state.LastGood);
        var next = GoBack(state, target, new(ConfigurationCode.Failed,
            $"back to version {target.Version}: the device cannot start with version {state.Current.Version}: {reason}"), now);
        // None that is not the last good one would go round for ever otherwise.
        return new(target.Version == 0 ? next with { LastGood = VersionedSettings.None } : next,
            ConfigurationEffects.Save | ConfigurationEffects.Report | ConfigurationEffects.Restart);
    }

    private static ConfigurationState FirstUsable(ConfigurationState state, IConfigurationRules rules, DateTimeOffset now)
    {
        if (state.Current.Version == 0 || rules.FaultsAtStart(state.Current) is not { Count: > 0 } faults)
            return state;
        var target = state.Current != state.LastGood && rules.FaultsAtStart(state.LastGood).Count == 0 ? state.LastGood : VersionedSettings.None;
        var status = new ConfigurationStatus(ConfigurationCode.Failed,
            $"back to version {target.Version}: version {state.Current.Version} no longer fits the configuration of the device", faults);
        var next = GoBack(state, target, status, now);
        return target.Version == 0 ? next with { LastGood = VersionedSettings.None } : next;
    }
}
