using EdgeFace.Messaging.RemoteConfiguration;
using static EdgeFace.Messaging.RemoteConfiguration.ConfigurationEffects;
using static EdgeFace.Messaging.Tests.RemoteConfiguration.FakeRules;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

public sealed class ConfigurationMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly FakeRules _rules = new();
    private ConfigurationState _state = ConfigurationState.Initial;
    private ConfigurationEffects _effects;

    [Fact]
    public void A_live_setting_is_kept_applied_and_reported_with_200()
    {
        Desire(1, """{"live":1}""");
        Check(Save | Apply | Report, 1, 200);
        Assert.Equal(Now, _state.AppliedAt);
        Assert.Equal(0, _state.LastGood.Version);
    }

    [Fact]
    public void A_setting_that_needs_a_restart_is_202_until_then()
    {
        Desire(1, """{"live":1,"late":2}""");
        Check(Save | Apply | Report, 1, 202);
        Assert.Equal(["late"], _state.RestartRequired);
        Take(ConfigurationMachine.Stable(_state));
        Assert.Equal(None, _effects);
        Take(ConfigurationMachine.Stopped(_state));
        Start();
        Check(Save | Report, 1, 200);
        Assert.Empty(_state.RestartRequired);
    }

    [Fact]
    public void Taking_a_setting_back_before_the_restart_needs_none()
    {
        Desire(1, """{"late":2}""");
        Desire(2, "{}");
        Check(Save | Apply | Report, 2, 200);
        Assert.Empty(_state.RestartRequired);
    }

    [Fact]
    public void Every_fault_is_listed_and_nothing_changes()
    {
        Desire(1, """{"live":1}""");
        var before = _state;
        Desire(2, """{"live":2,"bad":1,"secret":1,"fixed":1}""");
        Check(Report, 2, 400);
        Assert.Equal(["bad", "secret", "fixed"], _state.Status.Errors.Select(error => error.Path));
        Assert.Equal(before.Current, _state.Current);
    }

    [Theory]
    [InlineData("""{"secret":1}""", false, 403)]
    [InlineData("""{"secret":1}""", true, 200)]
    [InlineData("""{"fixed":1}""", true, 412)]
    [InlineData("""{"fixed":1,"secret":1}""", false, 403)]
    public void What_may_not_be_changed_is_refused_with_its_code(string patch, bool isSigned, int code)
    {
        Take(ConfigurationMachine.Desired(_state, Settings(1, patch, isSigned), _rules, Now));
        Assert.Equal(code, _state.Status.Code);
    }

    [Fact]
    public void A_corrected_document_may_reuse_the_version_of_a_refused_one()
    {
        Desire(1, """{"bad":1}""");
        Desire(1, """{"live":1}""");
        Check(Save | Apply | Report, 1, 200);
    }

    [Fact]
    public void The_same_document_again_is_answered_and_does_nothing()
    {
        Desire(3, """{"live":1,"late":1}""");
        var before = _state;
        Desire(3, """{ "late": 1, "live": 1 }""");
        Assert.Equal(Report, _effects);
        Assert.Equal(before, _state);
    }

    [Fact]
    public void An_older_version_and_a_reused_one_are_409()
    {
        Desire(3, """{"live":1}""");
        Desire(2, """{"live":1}""");
        Check(Report, 2, 409);
        Desire(3, """{"live":2}""");
        Check(Report, 3, 409);
        Desire(3, """{"live":1}""");
        Check(Report, 3, 200);
        Assert.Equal("""{"live":1}""", _state.Current.Patch);
    }

    [Fact]
    public void A_connection_is_on_probation_until_it_comes_about()
    {
        Desire(1, """{"link":"b"}""");
        Check(Save | Report | Restart, 1, 202);
        Assert.True(_state.IsOnProbation);
        Start();
        Check(Save | Report, 1, 202);
        Take(ConfigurationMachine.Stable(_state));
        Assert.Equal(None, _effects);
        Take(ConfigurationMachine.Connected(_state, Now));
        Check(Save | Report, 1, 200);
        Take(ConfigurationMachine.Connected(_state, Now));
        Assert.Equal(None, _effects);
        Take(ConfigurationMachine.ProbationOver(_state, TimeSpan.FromSeconds(9), Now));
        Assert.Equal(None, _effects);
    }

    [Fact]
    public void A_remark_stands_in_the_report_on_what_is_in_force_and_nowhere_else()
    {
        Desire(1, """{"link":1}""");
        Take(ConfigurationMachine.Remarked(_state, "a remark"));
        Assert.Equal(None, _effects);
        Take(ConfigurationMachine.Connected(_state, Now));
        Take(ConfigurationMachine.Remarked(_state, "a remark"));
        Check(Save | Report, 1, 200);
        Assert.Equal("applied; a remark", _state.Status.Description);
        Desire(2, """{"bad":1}""");
        Take(ConfigurationMachine.Remarked(_state, "another"));
        Assert.Equal(None, _effects);
        Assert.DoesNotContain("another", _state.Status.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_that_does_not_come_about_is_rolled_back_and_not_tried_again()
    {
        Desire(1, """{"live":1}""");
        Desire(2, """{"live":2,"link":"dead"}""");
        Start();
        Take(ConfigurationMachine.ProbationOver(_state, TimeSpan.FromSeconds(9), Now));
        Check(Save | Report | Restart, 2, 500);
        Assert.Equal(1, _state.Current.Version);
        Assert.Contains("version 1: no connection with version 2 within 9 s", _state.Status.Description, StringComparison.Ordinal);
        Start();
        Assert.Equal(500, _state.Status.Code);
        Desire(2, """{"live":2,"link":"dead"}""");
        Check(Report, 2, 500);
        Desire(2, """{"live":2}""");
        Check(Report, 2, 409);
        Desire(3, """{"live":2}""");
        Check(Save | Apply | Report, 3, 200);
    }

    [Fact]
    public void A_change_on_top_of_one_on_probation_goes_back_to_the_connection_before_both()
    {
        Desire(1, """{"link":"b"}""");
        Desire(2, """{"link":"c"}""");
        Take(ConfigurationMachine.ProbationOver(_state, TimeSpan.FromSeconds(9), Now));
        Assert.Equal(0, _state.Current.Version);
    }

    [Fact]
    public void A_live_change_during_probation_does_not_end_it()
    {
        Desire(1, """{"link":"b"}""");
        Desire(2, """{"link":"b","live":1}""");
        Assert.True(_state.IsOnProbation);
    }

    [Fact]
    public void Three_crashes_in_a_row_bring_the_last_good_settings_back()
    {
        Desire(1, """{"live":1}""");
        Take(ConfigurationMachine.Stable(_state));
        Assert.Equal(Save, _effects);
        Desire(2, """{"live":2}""");
        Start();
        Assert.Equal(2, _state.Current.Version);
        Start();
        Assert.Equal(2, _state.Current.Version);
        Start();
        Check(Save | Report, 2, 500);
        Assert.Equal(1, _state.Current.Version);
        Assert.Contains("crashed 3 times in a row with version 2", _state.Status.Description, StringComparison.Ordinal);
        Start();
        Start();
        Start();
        Start();
        Assert.Equal(1, _state.Current.Version);
    }

    [Fact]
    public void Ends_on_purpose_are_no_crashes()
    {
        Desire(1, """{"live":1}""");
        for (var i = 0; i < 9; i++)
        {
            Take(ConfigurationMachine.Stopped(_state));
            Start();
        }

        Assert.Equal(1, _state.Current.Version);
    }

    [Fact]
    public void A_change_that_has_run_for_a_while_is_good()
    {
        Desire(1, """{"live":1}""");
        Take(ConfigurationMachine.Stable(_state));
        Assert.Equal(1, _state.LastGood.Version);
        for (var i = 0; i < 9; i++)
            Start();
        Assert.Equal(1, _state.Current.Version);
    }

    [Fact]
    public void Settings_that_no_longer_fit_the_file_give_way_to_the_last_good_then_to_the_file()
    {
        Desire(1, """{"live":1}""");
        Take(ConfigurationMachine.Stable(_state));
        Desire(2, """{"live":2}""");
        _rules.Unfit.Add(2);
        Start();
        Check(Save | Report, 2, 500);
        Assert.Equal(1, _state.Current.Version);
        Assert.Equal("live", Assert.Single(_state.Status.Errors).Path);
        _rules.Unfit.Add(1);
        Start();
        Assert.Equal(0, _state.Current.Version);
        Assert.True(_state.IsProven);
    }

    [Fact]
    public void A_start_that_fails_goes_back_step_by_step_and_says_when_nothing_is_left()
    {
        Desire(1, """{"live":1}""");
        Take(ConfigurationMachine.Stable(_state));
        Desire(2, """{"late":1}""");
        Take(ConfigurationMachine.StartFailed(_state, "no such model", Now));
        Assert.Equal(1, _state.Current.Version);
        Assert.Contains("no such model", _state.Status.Description, StringComparison.Ordinal);
        Take(ConfigurationMachine.StartFailed(_state, "no such model", Now));
        Assert.Equal(0, _state.Current.Version);
        Take(ConfigurationMachine.StartFailed(_state, "no such model", Now));
        Assert.Equal(None, _effects);
    }

    [Fact]
    public void What_could_not_be_kept_or_applied_is_500_and_leaves_what_was()
    {
        Desire(1, """{"live":1}""");
        var before = _state;
        Take(ConfigurationMachine.NotKept(before, 2, "disk full"));
        Check(Report, 2, 500);
        Assert.Equal(before.Current, _state.Current);
        Take(ConfigurationMachine.NotApplied(before, Settings(2, """{"live":2}"""), "no folder"));
        Check(Save | Apply | Report, 2, 500);
        Assert.Equal(before.Current, _state.Current);
        Assert.Equal(2, _state.Failed!.Version);
    }

    [Fact]
    public void A_document_that_cannot_be_read_is_400_under_the_version_it_names()
    {
        Take(ConfigurationMachine.Unreadable(_state, 7, [new("settings", "must be given")]));
        Check(Report, 7, 400);
    }

    private void Desire(long version, string patch) => Take(ConfigurationMachine.Desired(_state, Settings(version, patch), _rules, Now));

    private void Start() => Take(ConfigurationMachine.Start(_state, _rules, Now));

    private void Take(Transition transition) => (_state, _effects) = (transition.State, transition.Effects);

    private void Check(ConfigurationEffects effects, long version, int code)
    {
        Assert.Equal(effects, _effects);
        Assert.Equal(version, _state.AnsweredVersion);
        Assert.Equal(code, _state.Status.Code);
    }
}
