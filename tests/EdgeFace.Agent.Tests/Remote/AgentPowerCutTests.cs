using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeFace.Agent.Tests.EndToEnd;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>
/// <c>edgeface run</c> is killed at random points while desired documents come: the next start runs the settings of one version, the old or a new one, never a mixture,
/// and what is reported, what runs and what is kept agree.
/// </summary>
public sealed class AgentPowerCutTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Levels = ["debug", "information", "warning", "error"];

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(40);

    private readonly MosquittoBroker _broker = MosquittoBroker.Start();
    private int _asked;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void The_next_start_of_the_agent_runs_one_version()
    {
        var seed = Fuzz.Seed();
        var cuts = Fuzz.Count(always: 2, full: 60);
        Say($"{cuts} kills of the agent, EDGEFACE_FUZZ_SEED={seed}");
        var random = new Random(seed);
        using var agent = new RemoteAgent(_broker, """{"prove_seconds":1}""");
        agent.Start();
        Settle(agent, [0], since: 0, "at the first start");
        var (version, kept, changed) = (0L, 0, 0);
        var typical = new Dictionary<bool, TimeSpan>();
        for (var i = 0; i < cuts; i++)
        {
            var when = $"seed {seed}, cut {i}";
            version++;
            var begun = TimeProvider.System.GetTimestamp();
            Desire(agent, version);
            agent.Answer(version, 200);
            typical[Reconnects(version)] = TimeProvider.System.GetElapsedTime(begun);
            Assert.Equal(version, Settle(agent, [version], since: 0, when));

            long[] possible = [.. Enumerable.Range(0, 2 + random.Next(3)).Select(next => version + next)];
            var since = agent.Reports().Count();
            // Settings that touch the connection take a second, others some milliseconds: half of the kills fall into those.
            var span = random.Next(2) == 0 ? Soon : typical.GetValueOrDefault(Reconnects(possible[1]), typical[Reconnects(version)]);
            var telling = new Thread(() =>
            {
                foreach (var next in possible[1..])
                    Desire(agent, next);
            });
            telling.Start();
            Thread.Sleep(span * (1.2 * random.NextDouble()));
            agent.Kill();
            Assert.True(telling.Join(AgentProcess.Patience));
            (kept, changed) = CheckKept(agent, possible, when) == version ? (kept + 1, changed) : (kept, changed + 1);
            agent.Start();
            Settle(agent, possible, since, when);
            version = possible[^1];
        }

        agent.Stop();
        Say($"{kept} kills left the old settings in the file, {changed} newer ones");
        Assert.False(File.Exists(agent.Path("data/remote-configuration.json.damaged")));
        if (Fuzz.IsFull)
            Assert.True(kept > cuts / 20 && changed > cuts / 20, "the kills made no difference");
    }

    /// <summary>Waits until a version has proved itself; all that was reported on the way, the file and what runs must be of one version.</summary>
    private long Settle(RemoteAgent agent, long[] possible, int since, string when)
    {
        var found = -1L;
        // Documents that the broker kept for the device come before this is answered.
        AskLevel(agent);
        agent.Until(() => Proven(agent) is var proven and >= 0 && agent.Reports().LastOrDefault() is { } report
            && (found = (long)report["applied_version"]!) == proven, $"one version in force; {when}");
        Assert.True(possible.Contains(found), $"version {found} is none of {string.Join(", ", possible)}; {when}");
        foreach (var report in agent.Reports().Skip(since))
            CheckReport(report, when);
        CheckKept(agent, possible, when);
        Assert.Equal(Level(found), AskLevel(agent));
        var connects = Regex.Matches(_broker.Log, @"as edgeface-door \(p5, c\d, k(\d+)");
        Assert.True(connects[^1].Groups[1].Value == KeepAlive(found).ToString(CultureInfo.InvariantCulture), $"{connects[^1]} with version {found}; {when}");
        return found;
    }

    private static void CheckReport(JsonNode report, string when)
    {
        var version = (long)report["applied_version"]!;
        var settings = report["settings"]!;
        var told = (Math.Round((double?)settings["recognition"]!["threshold"] ?? -1, 3), (string)settings["logging"]!["level"]!, (int)settings["mqtt"]!["keep_alive_seconds"]!);
        Assert.True(told == (Threshold(version) ?? -1, Level(version), KeepAlive(version)), $"a mixture is reported for version {version}: {told}; {when}");
    }

    // As a power cut leaves it, before anything can be mended.
    private static long CheckKept(RemoteAgent agent, long[] possible, string when)
    {
        var kept = Load(agent).Current;
        Assert.True(possible.Contains(kept.Version), $"version {kept.Version} is kept, none of {string.Join(", ", possible)}; {when}");
        Assert.True(kept.Version == 0 || JsonNode.DeepEquals(JsonNode.Parse(Document(kept.Version))!["settings"], kept.ReadPatch()), $"a mixture is kept: {kept}; {when}");
        return kept.Version;
    }

    private static ConfigurationState Load(RemoteAgent agent) => new ConfigurationFile(agent.Path("data/remote-configuration.json"), NullLogger.Instance).Load();

    private static long Proven(RemoteAgent agent)
    {
        var state = Load(agent);
        return state.IsProven && !state.IsOnProbation && state.Attempts == 0 ? state.Current.Version : -1;
    }

    private string AskLevel(RemoteAgent agent)
    {
        JsonNode? answer = null;
        var asked = 0L;
        var transaction = "";
        agent.Until(() =>
        {
            // An answer is not kept over a restart of the run, which a document may have asked for.
            if (asked == 0 || TimeProvider.System.GetElapsedTime(asked) > AskAgain)
            {
                (transaction, asked) = ($"level-{_asked++}", TimeProvider.System.GetTimestamp());
                agent.Observer.Publish("edgeface/door/request/log-level", $$"""{"transaction":"{{transaction}}"}""");
            }

            answer = agent.Observer.Messages.Where(message => message.Topic == "edgeface/door/response/log-level")
                .Select(message => JsonNode.Parse(message.Payload)!).LastOrDefault(message => (string?)message["transaction"] == transaction);
            return answer is not null;
        }, "an answer");
        return (string)answer!["data"]!["level"]!;
    }

    // Not retained: a start must show what is kept, not what comes again.
    private static void Desire(RemoteAgent agent, long version) => agent.Observer.Publish("edgeface/door/config/desired", Document(version));

    private static string Document(long version)
    {
        var settings = new JsonObject
        {
            ["recognition"] = new JsonObject { ["threshold"] = Threshold(version) },
            ["logging"] = new JsonObject { ["level"] = Level(version) },
        };
        if (Reconnects(version))
            settings["mqtt"] = new JsonObject { ["keep_alive_seconds"] = KeepAlive(version) };
        return new JsonObject { ["version"] = version, ["settings"] = settings }.ToJsonString();
    }

    private static double? Threshold(long version) => version == 0 ? null : Math.Round(0.2 + (version % 50 / 100.0), 3);

    private static string Level(long version) => version == 0 ? "information" : Levels[version % Levels.Length];

    private static int KeepAlive(long version) => Reconnects(version) ? 31 + (int)(version % 40) : 30;

    /// <summary>Whether the connection begins anew with this version, on probation.</summary>
    private static bool Reconnects(long version) => version > 0 && version % 3 == 0;

    private void Say(string text)
    {
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
