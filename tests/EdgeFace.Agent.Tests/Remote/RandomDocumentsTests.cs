using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>
/// Random documents, power cuts, crashes, restarts and dead brokers, one after the other: what is reported, what runs and
/// what is on disk must agree after each.
/// </summary>
public sealed class RandomDocumentsTests(ITestOutputHelper output) : IDisposable
{
    private const int Documents = 400;
    private readonly RulesHost _host = new(RulesHost.File.Replace(""", "snapshots"]""", "]", StringComparison.Ordinal));
    private readonly ManualTimeProvider _time = new();
    private ConfigurationFile _file = null!;
    private RemoteControl _remote = null!;
    private RemoteControl.Run _run = null!;
    private AgentOptions _booted = null!;
    private AgentOptions _running = null!;
    private JsonNode _reported = null!;
    private bool _restart;

    public void Dispose()
    {
        _remote?.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void Reported_running_and_kept_settings_agree_after_every_one()
    {
        var factor = Fuzz.Factor;
        var seed = Fuzz.Seed();
        output.WriteLine($"seed {seed}, {Documents * factor} documents");
        var random = new Random(seed);
        var documents = new RandomDocuments(random);
        var codes = new Dictionary<int, int>();
        Boot();
        for (var i = 0; i < Documents * factor; i++)
        {
            var before = _remote.State;
            var document = documents.Next(Math.Max(before.Current.Version, before.Failed?.Version ?? 0));
            var cut = random.Next(8) == 0 ? (ConfigurationFile.Step?)random.Next(5) : null;
            if (Send(document, cut))
            {
                CheckAnswer(before, document);
                codes[_remote.State.Status.Code] = codes.GetValueOrDefault(_remote.State.Status.Code) + 1;
                Restart(random);
            }
            else
            {
                Crash();
                // The settings before, the new ones, or after the third crash in a row the last good ones: never others.
                var current = _remote.State.Current;
                Assert.True(current == before.Current || current == before.LastGood || document.Contains(current.Patch, StringComparison.Ordinal), $"a mixture after a power cut: seed {seed}, document {i}");
            }

            CheckAgreement($"seed {seed}, document {i}: {document}");
            Happen(random);
            CheckAgreement($"seed {seed}, after document {i}: {document}");
        }

        output.WriteLine(string.Join(", ", codes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.Superset(new HashSet<int> { 200, 202, 400, 403, 409, 412 }, codes.Keys.ToHashSet());
    }

    private bool Send(string document, ConfigurationFile.Step? cut)
    {
        _file.After = step =>
        {
            if (step == cut)
                throw new PowerCutException();
        };
        try
        {
            _remote.Receive(Encoding.UTF8.GetBytes(document), _run);
            return true;
        }
        catch (PowerCutException)
        {
            return false;
        }
        finally
        {
            _file.After = null;
        }
    }

    private void CheckAnswer(ConfigurationState before, string document)
    {
        var state = _remote.State;
        if (state.Status.Code is 400 or 403 or 409 or 412)
        {
            Assert.Equal(before.Current, state.Current);
            Assert.Equal(before.RestartRequired, state.RestartRequired);
        }

        if (state.Current != before.Current && state.Current.Version > before.Current.Version)
            Assert.Empty(_host.Rules.Judge(state.Current, before.Current, before.Booted).Faults);
        Assert.True(state.Status.Code is not (400 or 403 or 412) || state.Status.Errors.Count > 0, document);
    }

    private void Restart(Random random)
    {
        if (!_restart)
            return;
        _restart = false;
        _remote.Detach();
        Run();
        if (random.Next(2) == 0)
            _remote.Connected(_run);
        else
            _time.Advance(TimeSpan.FromSeconds(_host.Rules.Own.Remote.ProbationSeconds));
        if (_restart)
            Restart(random);
    }

    private void Happen(Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                _time.Advance(TimeSpan.FromSeconds(_host.Rules.Own.Remote.ProveSeconds));
                break;
            case 1:
                Crash();
                break;
            case 2:
                _remote.Detach();
                _remote.Dispose();
                Boot();
                break;
        }

        Restart(random);
    }

    private void Crash()
    {
        _restart = false;
        _remote.Dispose();
        Boot();
    }

    private void Boot()
    {
        _file = new ConfigurationFile(_host.Path("state.json"), NullLogger.Instance);
        _remote = new RemoteControl(_host.Rules, _file, _time, NullLogger.Instance);
        Run();
    }

    private void Run()
    {
        _booted = _running = _remote.Start();
        _run = new RemoteControl.Run(report => _reported = JsonNode.Parse(report)!, options => _running = options, () => _restart = true);
        _remote.Attach(_run);
    }

    private void CheckAgreement(string when)
    {
        var state = _remote.State;
        var wanted = _host.Rules.Options(state.Current);
        Assert.True(SettingsDiff.Between(wanted, _running).Count == 0, $"what runs is not what is in force; {when}");
        var changedSinceStart = SettingsDiff.Between(_booted, _running);
        Assert.DoesNotContain(changedSinceStart, path => SettingCatalog.All[path].Connection);
        Assert.Equal(changedSinceStart.Where(path => SettingCatalog.All[path].RestartRequired), state.RestartRequired);
        Assert.True(JsonNode.DeepEquals(SettingsRules.Describe(wanted), _reported["settings"]), $"what is reported is not what is in force; {when}");
        Assert.Equal(state.Current.Version, (long)_reported["applied_version"]!);
        Assert.Equal(state.AnsweredVersion, (long)_reported["version"]!);
        Assert.Equal(state.Status.Code, (int)_reported["status"]!["code"]!);
        Assert.Equal(state.RestartRequired, _reported["restart_required"]!.AsArray().Select(path => (string)path!));
        var kept = new ConfigurationFile(_host.Path("state.json"), NullLogger.Instance).Load();
        Assert.Equal((state.Current, state.LastGood, state.Attempts), (kept.Current, kept.LastGood, kept.Attempts));
    }


    private sealed class PowerCutException : Exception;
}
