using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>A configuration and a data folder of a test's own.</summary>
internal sealed class AgentHome : IDisposable
{
    public const string Device = "board7";

    private readonly TemporaryFolder _folder = new();
    private int _configurations;

    public AgentHome(EnrolledGallery? gallery = null)
    {
        Data = _folder.File("data");
        Directory.CreateDirectory(Data);
        gallery?.CopyTo(Data);
    }

    public TemporaryFolder Folder => _folder;

    public string Data { get; init; }

    public string File(string name) => _folder.File(name);

    /// <summary>Writes a configuration file.</summary>
    /// <param name="port">The broker's on the loopback; 0 for none.</param>
    /// <param name="cameras">Each an object with the settings of a camera.</param>
    public string Configure(int port, params ReadOnlySpan<object> cameras) => Configure(port, new JsonObject(), cameras);

    /// <inheritdoc cref="Configure(int, ReadOnlySpan{object})"/>
    public string Configure(int port, JsonObject more, params ReadOnlySpan<object> cameras)
    {
        var settings = new JsonObject
        {
            ["device"] = Device,
            ["data_folder"] = Data,
            ["tracking"] = new JsonObject { ["max_lost_ms"] = 500 },
            ["mqtt"] = new JsonObject { ["enabled"] = port != 0, ["servers"] = new JsonArray($"127.0.0.1:{(port == 0 ? 1883 : port)}") },
            ["cameras"] = JsonSerializer.SerializeToNode(cameras.ToArray()),
        };
        foreach (var (name, value) in more)
            settings[name] = value?.DeepClone();
        var path = _folder.File($"edgeface-{++_configurations}.json");
        System.IO.File.WriteAllText(path, settings.ToJsonString());
        return path;
    }

    /// <summary>What the agent counted, as it wrote it last.</summary>
    public JsonNode Metrics() => JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(Data, "metrics.json")))!;

    /// <summary>The secret must stand neither in the log nor in any file of log and metrics.</summary>
    public void AssertNotLogged(AgentProcess agent, string secret)
    {
        Assert.DoesNotContain(agent.Log, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
        var files = Directory.GetFiles(Path.Combine(Data, "log")).Append(Path.Combine(Data, "metrics.json")).ToList();
        Assert.True(files.Count > 1, "no log file was written");
        foreach (var file in files)
            Assert.False(System.IO.File.ReadAllText(file).Contains(secret, StringComparison.OrdinalIgnoreCase), $"{Path.GetFileName(file)} holds '{secret}'");
    }

    public void Dispose() => _folder.Dispose();
}
