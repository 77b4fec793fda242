using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Xunit.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>SIGKILL at a random point while a document is taken: the next start runs the old or the new settings, never a mixture.</summary>
public sealed class PowerCutTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly RulesHost _host = new();
    private VersionedSettings _old = VersionedSettings.None;

    public void Dispose() => _host.Dispose();

    [Fact]
    public void The_next_start_runs_the_old_or_the_new_settings()
    {
        var seed = Fuzz.Seed();
        var cuts = Fuzz.Count(always: 6, full: 500);
        output.WriteLine($"{cuts} power cuts, EDGEFACE_FUZZ_SEED={seed}");
        Console.WriteLine($"{cuts} power cuts, EDGEFACE_FUZZ_SEED={seed}");
        var random = new Random(seed);
        var documents = new RandomDocuments(random);
        var (kept, changed) = (0, 0);
        // How long a document takes here and now, for the cut to fall into it.
        var typical = TimeSpan.FromMilliseconds(20);
        var device = new Device(_host);
        AssertRuns(device.Line("running"), [_old], "at the first start");
        for (var i = 0; i < cuts; i++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            Send(device, documents.Next(_old.Version), seed, i);
            typical = (typical + TimeProvider.System.GetElapsedTime(begun)) / 2;

            var document = documents.Next(_old.Version);
            var possible = Wanted(document) is { } wanted ? [_old, wanted] : (VersionedSettings[])[_old];
            device.Write(document);
            device.KillAfter(typical * (1.2 * random.NextDouble()));
            device.Dispose();
            device = new Device(_host);
            var found = AssertRuns(device.Line("running"), possible, $"seed {seed}, cut {i}: {document}");
            if (possible.Length > 1)
                (kept, changed) = found == _old ? (kept + 1, changed) : (kept, changed + 1);
            _old = found;
        }

        device.Dispose();
        output.WriteLine($"documents that this device takes: {kept} cuts left the old settings, {changed} the new ones");
        if (Fuzz.IsFull)
            Assert.True(kept > cuts / 50 && changed > cuts / 50, "the cuts made no difference");
    }

    // The one before the cut is taken to its end, so that there is something to lose.
    private void Send(Device device, string document, int seed, int cut)
    {
        device.Write(document);
        var answer = device.Line("answered");
        _old = AssertVersion(answer, Wanted(document) is { } wanted ? [_old, wanted] : [_old], $"seed {seed}, before cut {cut}: {document}");
    }

    /// <summary>What a document asks for, when this device would take it.</summary>
    private VersionedSettings? Wanted(string document)
    {
        using var keys = KeyRing.Empty;
        return DesiredDocument.Read(Encoding.UTF8.GetBytes(document), keys, "door").Settings is { } settings
            && settings.Version > _old.Version && _host.Rules.Judge(settings, _old, _old).Faults.Count == 0 ? settings : null;
    }

    private VersionedSettings AssertRuns(string line, VersionedSettings[] possible, string when)
    {
        var found = AssertVersion(line, possible, when);
        var settings = JsonNode.Parse(line[line.IndexOf('{')..]);
        Assert.True(JsonNode.DeepEquals(SettingsRules.Describe(_host.Rules.Options(found)), settings), $"a mixture; {when}\n{line}");
        return found;
    }

    private static VersionedSettings AssertVersion(string line, VersionedSettings[] possible, string when)
    {
        var version = long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        return Array.Find(possible, settings => settings.Version == version) ?? throw new Xunit.Sdk.XunitException($"version {version} is neither the old nor the new one; {when}");
    }

    private sealed class Device : IDisposable
    {
        private readonly Process _process;

        public Device(RulesHost host)
        {
            var start = RestrictedProcess.Describe(typeof(PowerCutDevice), nameof(PowerCutDevice.Serve), $"{PowerCutDevice.Folder}={Path.GetDirectoryName(host.Path("x"))}");
            start.RedirectStandardInput = true;
            _process = Process.Start(start)!;
        }

        public void Write(string document)
        {
            _process.StandardInput.WriteLine(document);
            _process.StandardInput.Flush();
        }

        public string Line(string beginning)
        {
            var line = _process.StandardOutput.ReadLineAsync().WaitAsync(Limit, TimeProvider.System).GetAwaiter().GetResult();
            Assert.True(line?.StartsWith(beginning + " ", StringComparison.Ordinal) == true, $"{line}\n{(line is null ? _process.StandardError.ReadToEnd() : "")}");
            return line!;
        }

        public void KillAfter(TimeSpan time)
        {
            var begun = TimeProvider.System.GetTimestamp();
            SpinWait.SpinUntil(() => TimeProvider.System.GetElapsedTime(begun) >= time);
            _process.Kill();
            _process.WaitForExit(Limit);
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit(Limit);
            _process.Dispose();
        }
    }
}
