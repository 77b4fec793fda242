using System.Globalization;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Soak;
using Xunit.Abstractions;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>
/// Every event that the outbox has taken reaches the subscriber, none is invented, duplicates are the same to the byte, the order of
/// each camera holds, whatever happens to broker, network, disk and publisher meanwhile.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    /// <summary>The long form: tests/run.sh --full faults. A scenario of one's own: EDGEFACE_FAULT_SCENARIO=FILE.</summary>
    [Fact]
    public void Every_committed_event_arrives_once_in_effect_and_in_order()
    {
        var name = Setting("EDGEFACE_FAULT_SCENARIO")
            ?? (Setting("EDGEFACE_FULL_FAULTS") is null ? "tests/scenarios/faults-one-minute.json" : "tests/scenarios/faults-ten-minutes.json");
        var file = Path.Combine(Repository.Root, name);
        var seed = Setting("EDGEFACE_FAULT_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var scenario = SoakScenario.Read(file);
        Say($"{scenario.Name}: EDGEFACE_FAULT_SEED={seed} repeats these faults");
        if (SmallDisk.WhyMissing is { } reason)
            Say($"without full disks: {reason}");

        using var run = new SoakRun(scenario, seed, PublisherProgram.Describe);
        var result = run.Run();
        Say(result.ToString());
        Assert.True(result.Violations.Count == 0, $"EDGEFACE_FAULT_SEED={seed}\n{result}\n{string.Join('\n', result.Violations)}");
        Assert.Equal(scenario.Load.Events, result.Committed);
        Assert.Equal(result.Committed, result.Arrived);
    }

    [Fact]
    public void The_same_seed_draws_the_same_faults_with_every_kind_among_them()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/scenarios"), "faults-*.json"))
        {
            var scenario = SoakScenario.Read(file);
            var plan = SoakPlan.Draw(scenario, 7);
            Assert.Equal(plan, SoakPlan.Draw(scenario, 7));
            Assert.NotEqual(plan, SoakPlan.Draw(scenario, 8));
            Assert.Equal(60, plan.Count);
            Assert.Equal(Enum.GetValues<FaultKind>(), plan.Select(step => step.Kind).Distinct().Order());
        }
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("""{"name":"a","seconds":1,"load":{"events":1},"oops":1}""", "oops")]
    [InlineData("""{"name":"a","seconds":0,"load":{"events":1}}""", "seconds")]
    [InlineData("""{"name":"a","seconds":1,"load":{"events":0}}""", "events")]
    [InlineData("""{"name":"a","seconds":1,"load":{"events":1},"random":{"count":3,"kinds":[{"kind":"flood"}]}}""", "kind")]
    [InlineData("""{"name":"a","seconds":1,"load":{"events":1},"random":{"count":0,"kinds":[{"kind":"cut"}]}}""", "count")]
    public void A_scenario_that_cannot_be_used_is_refused_with_the_reason(string text, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("scenario.json"), text);
        var failure = Assert.Throws<Core.InputException>(() => SoakScenario.Read(folder.File("scenario.json")));
        Assert.Contains("scenario.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
