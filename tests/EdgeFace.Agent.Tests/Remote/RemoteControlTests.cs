using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

public sealed class RemoteControlTests : IDisposable
{
    private readonly RulesHost _host;
    private readonly TemporaryFolder _keys = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ManualTimeProvider _time = new();
    private RemoteControl _remote = null!;
    private RemoteControl.Run _run = null!;
    private AgentOptions _running = null!;
    private bool _restart;

    public RemoteControlTests()
    {
        File.WriteAllText(_keys.File("admin.pem"), _key.ExportSubjectPublicKeyInfoPem());
        _host = new RulesHost(RulesHost.File.Replace("\"locked\"", $$"""
            "keys": [ { "id": "admin", "file": "{{_keys.File("admin.pem")}}" } ], "locked"
            """, StringComparison.Ordinal));
        Boot();
    }

    public void Dispose()
    {
        _remote.Dispose();
        _host.Dispose();
        _key.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public void A_security_setting_is_changed_by_a_signed_document_only()
    {
        const string Settings = """{"mqtt":{"password_file":null}}""";
        Receive($$$"""{"version":1,"settings":{{{Settings}}} }""");
        Assert.Equal(403, _remote.State.Status.Code);
        Assert.False(_restart);

        var payload = $$$"""{"version":1,"device":"door","settings":{{{Settings}}} }""";
        var signature = _key.SignData(Encoding.UTF8.GetBytes(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Receive(new JsonObject { ["payload"] = payload, ["signature"] = Convert.ToBase64String(signature), ["key_id"] = "admin" }.ToJsonString());
        Assert.Equal(202, _remote.State.Status.Code);
        Assert.True(_restart);
        Run();
        Assert.Null(_running.Mqtt.PasswordFile);
    }

    [Fact]
    public void A_disk_that_takes_nothing_leaves_all_as_it_was()
    {
        Directory.CreateDirectory(_host.Path("state.json.new"));
        Receive("""{"version":1,"settings":{"recognition":{"threshold":0.5}}}""");
        Assert.Equal((0, 500), (_remote.State.Current.Version, _remote.State.Status.Code));
        Assert.Null(_running.Recognition.Threshold);
        Directory.Delete(_host.Path("state.json.new"));
        Receive("""{"version":1,"settings":{"recognition":{"threshold":0.5}}}""");
        Assert.Equal((1, 200), (_remote.State.Current.Version, _remote.State.Status.Code));
        Assert.Equal(0.5, _running.Recognition.Threshold);
    }

    [Fact]
    public void Runs_that_fail_count_like_crashes_and_ends_on_purpose_do_not()
    {
        Receive("""{"version":1,"settings":{"recognition":{"threshold":0.5}}}""");
        for (var i = 0; i < 5; i++)
            End(failed: false);
        Assert.Equal(1, _remote.State.Current.Version);
        for (var i = 0; i < 3; i++)
            End(failed: true);
        Assert.Equal((0, 500), (_remote.State.Current.Version, _remote.State.Status.Code));
        Assert.Null(_running.Recognition.Threshold);
    }

    [Fact]
    public void A_state_that_cannot_be_read_keeps_nobody_from_starting()
    {
        _remote.Dispose();
        File.WriteAllText(_host.Path("state.json"), "\0");
        Boot();
        Assert.Equal(500, _remote.State.Status.Code);
    }

    private void Receive(string document) => _remote.Receive(Encoding.UTF8.GetBytes(document), _run);

    private void End(bool failed)
    {
        _remote.Detach(failed);
        _remote.Dispose();
        Boot();
    }

    private void Boot()
    {
        _remote = new RemoteControl(_host.Rules, new ConfigurationFile(_host.Path("state.json"), NullLogger.Instance), _time, NullLogger.Instance);
        Run();
    }

    private void Run()
    {
        _running = _remote.Start();
        _run = new RemoteControl.Run(_ => { }, options => _running = options, () => _restart = true);
        _remote.Attach(_run);
    }
}
