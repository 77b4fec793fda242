using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>A device's own configuration in a folder of its own, and its rules.</summary>
internal sealed class RulesHost : IDisposable
{
    public const string File = """
        {
          // The file configuration of these tests.
          "device": "door",
          "data_folder": "data",
          "cameras": [ { "name": "entrance", "source": "rtsp://user:secret@camera/stream", } ],
          "recognition": { "min_quality": 0.3 },
          "mqtt": { "servers": ["broker:1883"], "password_file": "password", "username_file": "user" },
          "remote": { "locked": ["recognition.min_face_pixels", "snapshots"] }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public RulesHost(string file = File)
    {
        System.IO.File.WriteAllText(_folder.File("password"), "hunter2");
        System.IO.File.WriteAllText(_folder.File("user"), "door");
        Rules = new SettingsRules(Encoding.UTF8.GetBytes(file), _folder.File("edgeface.json"), AgentConfiguration.Overrides.None);
    }

    public SettingsRules Rules { get; }

    public string Path(string name) => _folder.File(name);

    public SettingsVerdict Judge(string patch, bool isSigned = false)
        => Rules.Judge(new VersionedSettings(1, patch, isSigned), VersionedSettings.None, VersionedSettings.None);

    public string Faults(string patch, bool isSigned = false)
        => string.Join(' ', Judge(patch, isSigned).Faults.Select(fault => $"{fault.Code}:{fault.Path}"));

    public void Dispose() => _folder.Dispose();
}
