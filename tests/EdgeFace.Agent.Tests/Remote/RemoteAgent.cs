using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Tests.EndToEnd;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Xunit.Sdk;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary><c>edgeface run</c> as a process of its own, watching a test picture, on a broker of the test.</summary>
internal sealed class RemoteAgent : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _earlier = [];
    private AgentProcess? _process;

    public RemoteAgent(MosquittoBroker broker, string remote = "{}", string more = "", string mqtt = "")
    {
        Broker = broker;
        Observer = new MqttObserver(broker);
        MakeFilm(Path("film.mp4"));
        File.WriteAllText(Path("edgeface.json"), $$"""
            {
              "device": "door",
              "data_folder": "data",
              "cameras": [ { "name": "entrance", "source": "film.mp4", "loop": -1 } ],
              "mqtt": { "servers": ["127.0.0.1:{{broker.Port.ToString(CultureInfo.InvariantCulture)}}"] {{mqtt}} },
              {{more}}
              "remote": {{remote}}
            }
            """);
    }

    public MosquittoBroker Broker { get; }

    public MqttObserver Observer { get; private set; }

    /// <summary>Of all its processes.</summary>
    public string Log => string.Join('\n', [.. _earlier, .. _process?.Log ?? []]);

    public string Path(string name) => _folder.File(name);

    public void Start()
    {
        _earlier.AddRange(_process?.Log ?? []);
        _process?.Dispose();
        _process = AgentProcess.Start(["run", "--config", Path("edgeface.json")]);
    }

    public void Desire(string document, string device = "door") => Observer.Publish($"edgeface/{device}/config/desired", document, retain: true);

    /// <summary>Waits for an answer to a version.</summary>
    public JsonNode Answer(long version, int code, string device = "door")
    {
        JsonNode? found = null;
        Until(() => (found = Reports(device).LastOrDefault()) is not null && (long)found["version"]! == version && (int)found["status"]!["code"]! == code, $"{code} for version {version}");
        return found!;
    }

    public IEnumerable<JsonNode> Reports(string device = "door")
        => Observer.Messages.Where(message => message.Topic == $"edgeface/{device}/config/reported" && message.Payload.Length > 0).Select(message => JsonNode.Parse(message.Payload)!);

    public void Until(Func<bool> condition, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (_process is { HasExited: true } || TimeProvider.System.GetElapsedTime(begun) > AgentProcess.Patience)
                throw new XunitException($"Not in time: {what}\nreported: {Reports().LastOrDefault()?.ToJsonString()}\n{Log}");
            Thread.Sleep(20);
        }
    }

    public void Kill()
    {
        _process!.Signal(AgentProcess.SigKill);
        _process.End();
    }

    /// <summary>SIGTERM; it must end well.</summary>
    public void Stop()
    {
        _process!.Signal(AgentProcess.SigTerm);
        Assert.True(_process.End() == 0, Log);
    }

    public void Dispose()
    {
        _process?.Dispose();
        Observer.Dispose();
        _folder.Dispose();
    }

    private static void MakeFilm(string path)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=5:duration=4", "-pix_fmt", "yuv420p", path]))!;
        Assert.True(ffmpeg.WaitForExit(AgentProcess.Patience) && ffmpeg.ExitCode == 0);
    }
}
