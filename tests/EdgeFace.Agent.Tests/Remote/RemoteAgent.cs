using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Commands;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Xunit.Sdk;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary><c>edgeface run</c> as a process of its own, watching a test picture, on a broker of the test.</summary>
internal sealed partial class RemoteAgent : IDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _log = [];
    private Process? _process;

    public RemoteAgent(MosquittoBroker broker, string remote = "{}", string more = "")
    {
        Broker = broker;
        Observer = new MqttObserver(broker);
        MakeFilm(Path("film.mp4"));
        File.WriteAllText(Path("edgeface.json"), $$"""
            {
              "device": "door",
              "data_folder": "data",
              "cameras": [ { "name": "entrance", "source": "film.mp4", "loop": -1 } ],
              "mqtt": { "servers": ["127.0.0.1:{{broker.Port.ToString(CultureInfo.InvariantCulture)}}"] },
              {{more}}
              "remote": {{remote}}
            }
            """);
    }

    public MosquittoBroker Broker { get; }

    public MqttObserver Observer { get; private set; }

    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    public string Path(string name) => _folder.File(name);

    public void Start()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, "run", "--config", Path("edgeface.json")])
        {
            RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.Add(line.Data ?? "");
        };
        _process.BeginErrorReadLine();
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
        => Observer.Messages.Where(message => message.Topic == $"edgeface/{device}/config/reported").Select(message => JsonNode.Parse(message.Payload)!);

    public void Until(Func<bool> condition, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (_process is { HasExited: true } || TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new XunitException($"Not in time: {what}\nreported: {Reports().LastOrDefault()?.ToJsonString()}\n{Log}");
            Thread.Sleep(20);
        }
    }

    public void Kill()
    {
        _process!.Kill();
        Assert.True(_process.WaitForExit(Patience));
    }

    /// <summary>SIGTERM; it must end well.</summary>
    public void Stop()
    {
        Assert.Equal(0, kill(_process!.Id, SigTerm));
        Assert.True(_process.WaitForExit(Patience), Log);
        Assert.True(_process.ExitCode == 0, Log);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
            _process.Kill();
        _process?.Dispose();
        Observer.Dispose();
        _folder.Dispose();
    }

    private static void MakeFilm(string path)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=5:duration=4", "-pix_fmt", "yuv420p", path]))!;
        Assert.True(ffmpeg.WaitForExit(Patience) && ffmpeg.ExitCode == 0);
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
