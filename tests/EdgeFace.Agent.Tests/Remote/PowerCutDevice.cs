using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>
/// A device's remote configuration in a process that is killed: says <c>running VERSION SETTINGS</c> when it has started, takes a
/// document a line, and says the same after each, as <c>answered</c>.
/// </summary>
internal static class PowerCutDevice
{
    public const string Folder = "EDGEFACE_TEST_FOLDER";

    public static void Serve()
    {
        var folder = Environment.GetEnvironmentVariable(Folder)!;
        var rules = new SettingsRules(Encoding.UTF8.GetBytes(RulesHost.File), Path.Combine(folder, "edgeface.json"), AgentConfiguration.Overrides.None);
        var time = new ManualTimeProvider();
        using var remote = new RemoteControl(rules, new ConfigurationFile(Path.Combine(folder, "state.json"), NullLogger.Instance), time, NullLogger.Instance);
        var device = new Device(remote, rules);
        device.Run();
        // What was taken before the cut has shown that it works; the next cut is the first in a row again.
        time.Advance(TimeSpan.FromSeconds(rules.Own.Remote.ProveSeconds));
        device.Say("running");
        while (Console.ReadLine() is { } document)
        {
            device.Take(document);
            device.Say("answered");
        }
    }

    private sealed class Device(RemoteControl remote, SettingsRules rules)
    {
        private AgentOptions _running = rules.Own;
        private RemoteControl.Run _run = null!;
        private bool _restart;

        public void Run()
        {
            do
            {
                _restart = false;
                _running = remote.Start();
                _run = new RemoteControl.Run(_ => { }, options => _running = options, () => _restart = true);
                remote.Attach(_run);
                remote.Connected(_run);
            }
            while (_restart);
        }

        public void Take(string document)
        {
            remote.Receive(Encoding.UTF8.GetBytes(document), _run);
            if (!_restart)
                return;
            remote.Detach();
            Run();
        }

        public void Say(string what) => Console.WriteLine($"{what} {remote.State.Current.Version} {SettingsRules.Describe(_running).ToJsonString()}");
    }
}
