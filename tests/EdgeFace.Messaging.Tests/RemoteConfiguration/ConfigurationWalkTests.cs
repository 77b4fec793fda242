using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

/// <summary>Every sequence of steps, up to a length: what must hold in all of them.</summary>
public sealed class ConfigurationWalkTests
{
    private const int Depth = 5;
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly FakeRules Rules = new();
    private static readonly string[] Patches = ["""{"live":1}""", """{"late":1}""", """{"link":1}""", """{"bad":1}"""];
    private long _walked;

    [Fact]
    public void No_sequence_of_events_leaves_settings_that_were_never_accepted_or_a_way_of_no_return()
    {
        Walk(ConfigurationState.Initial, Depth, accepted: [0], next: 1);
        Assert.True(_walked > 100_000, $"{_walked} steps");
    }

    private void Walk(ConfigurationState state, int depth, HashSet<long> accepted, long next)
    {
        if (depth == 0)
            return;
        foreach (var patch in Patches)
            Desire(state, FakeRules.Settings(next, patch), depth, accepted, next + 1);
        Desire(state, FakeRules.Settings(Math.Max(1, next - 1), Patches[0]), depth, accepted, next);
        Step(state, ConfigurationMachine.Connected(state, Now), depth, accepted, next);
        Step(state, ConfigurationMachine.ProbationOver(state, TimeSpan.FromSeconds(1), Now), depth, accepted, next);
        Step(state, ConfigurationMachine.Stable(state), depth, accepted, next);
        Step(state, ConfigurationMachine.Stopped(state), depth, accepted, next);
        Step(state, ConfigurationMachine.Start(state, Rules, Now), depth, accepted, next);
    }

    private void Desire(ConfigurationState state, VersionedSettings desired, int depth, HashSet<long> accepted, long next)
    {
        var transition = ConfigurationMachine.Desired(state, desired, Rules, Now);
        if (transition.State.Current == desired)
        {
            Assert.NotEqual(Patches[^1], desired.Patch);
            accepted = [.. accepted, desired.Version];
        }

        Step(state, transition, depth, accepted, next);
    }

    private void Step(ConfigurationState before, Transition transition, int depth, HashSet<long> accepted, long next)
    {
        _walked++;
        var (state, effects) = transition;
        Assert.Contains(state.Current.Version, accepted);
        Assert.Contains(state.LastGood.Version, accepted);
        Assert.Equal(state.Status.Code is 400 or 403 or 412, state.Status.Errors.Count > 0);
        // Whatever is not proven is counted, or an endless row of crashes would follow.
        Assert.True(state.IsProven || state.Attempts > 0 || state.Current == before.Current || effects.HasFlag(ConfigurationEffects.Restart));
        // The settings in force never change in memory alone.
        if (state.Current != before.Current || state.LastGood != before.LastGood)
            Assert.True(effects.HasFlag(ConfigurationEffects.Save));
        if (state.Status != before.Status)
            Assert.True(effects.HasFlag(ConfigurationEffects.Report));
        // The connection never changes without probation or a way back.
        if (Link(state) != Link(before) && effects.HasFlag(ConfigurationEffects.Apply))
            Assert.Fail("a change of the connection was applied in place");
        if (!state.IsProven)
            Assert.Equal(state.LastGood, AfterCrashes(state).Current);
        Walk(state, depth - 1, accepted, next);
    }

    private static ConfigurationState AfterCrashes(ConfigurationState state)
    {
        for (var i = 0; i <= ConfigurationState.MaxAttempts; i++)
            state = ConfigurationMachine.Start(state, Rules, Now).State;
        return state;
    }

    private static string? Link(ConfigurationState state) => state.Current.ReadPatch()["link"]?.ToJsonString();
}
