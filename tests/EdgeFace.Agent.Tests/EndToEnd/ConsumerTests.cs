using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Tests.Publishing;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>Programs of others that listen to the agent.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ConsumerTests(EnrolledGallery gallery)
{
    [ClipFact]
    public void Frigates_consumers_see_a_tracked_person_and_a_face_and_pictures_follow_the_visit()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var home = new AgentHome(gallery);
        var more = new JsonObject
        {
            ["mqtt"] = new JsonObject
            {
                ["servers"] = new JsonArray($"127.0.0.1:{broker.Port}"),
                ["frigate"] = new JsonObject { ["enabled"] = true },
                ["pictures"] = new JsonObject { ["enabled"] = true, ["qos"] = 1 },
            },
        };
        using var agent = AgentProcess.Run(home.Configure(0, more, new { name = "entrance", source = gallery.Visitor, loop = -1 }));
        observer.WaitFor(seen => seen.Any(message => message.Topic == "frigate/available" && message.Text == "online"), AgentProcess.Patience);
        var messages = observer.WaitFor(seen => seen.Any(message => message.Topic == "frigate/events" && Json(message)["type"]!.GetValue<string>() == "end")
            && seen.Any(message => message.Topic == "edgeface/board7/pictures/entrance/visit"), AgentProcess.Patience);

        var events = messages.Where(message => message.Topic == "frigate/events").Select(Json).ToList();
        Assert.All(events, FrigateFixture.CheckEvent);
        var id = (string)events[0]["after"]!["id"]!;
        var one = events.Where(item => (string)item["after"]!["id"]! == id).ToList();
        Assert.Equal("new", (string)one[0]["type"]!);
        Assert.Equal("end", (string)one[^1]["type"]!);
        Assert.Equal(EnrolledGallery.Name, (string)one[^1]["after"]!["sub_label"]![0]!);
        var faces = messages.Where(message => message.Topic == "frigate/tracked_object_update").Select(Json).ToList();
        Assert.All(faces, FrigateFixture.CheckFace);
        Assert.Contains(faces, face => (string)face["id"]! == id && (string)face["name"]! == EnrolledGallery.Name);

        var picture = messages.First(message => message.Topic == "edgeface/board7/pictures/entrance/visit");
        Assert.False(picture.Retained);
        var frame = PictureReader.Decode(picture.Payload, "picture");
        Assert.Equal((400, 300), (frame.Width, frame.Height));

        // The last will of a connection of its own.
        agent.Signal(AgentProcess.SigKill);
        observer.WaitFor(seen => seen.Last(message => message.Topic == "frigate/available").Text == "offline", AgentProcess.Patience);
        agent.AssertNoErrors();
    }

    [NodeRedFact]
    public async Task Node_RED_tells_a_known_person_once_from_the_flow_that_users_get()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var home = new AgentHome(gallery);
        using var node = NodeRed.Start(broker, home.Folder);
        node.WaitFor("Connected to broker");
        using var agent = AgentProcess.Run(home.Configure(broker.Port, new { name = "entrance", source = gallery.Visitor }));
        Assert.Equal(0, agent.End());
        agent.AssertNoErrors();
        var messages = observer.WaitFor(seen => seen.Any(message => message.Topic == "home/arrivals/board7"), AgentProcess.Patience);

        // The same event delivered twice, as may happen, is not told again; what is no event does no harm.
        var known = messages.First(message => message.Topic == "edgeface/board7/camera/entrance/visit" && (string)Json(message)["decision"]! == "known");
        observer.Publish(known.Topic, known.Text);
        observer.Publish("edgeface/board7/camera/entrance/visit", "no JSON");
        var stranger = Json(known);
        stranger["id"] = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        stranger["visit"] = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        stranger["person"]!["name"] = "Bob";
        observer.Publish(known.Topic, stranger.ToJsonString());
        messages = observer.WaitFor(seen => seen.Count(message => message.Topic == "home/arrivals/board7") >= 2, AgentProcess.Patience);
        Assert.Equal([EnrolledGallery.Name, "Bob"], messages.Where(message => message.Topic == "home/arrivals/board7").Select(message => (string)Json(message)["person"]!));

        using var http = new HttpClient();
        var listed = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{node.Port}/arrivals")))!.AsArray();
        Assert.Equal([EnrolledGallery.Name, "Bob"], listed.Select(arrival => (string)arrival!["person"]!));
        Assert.Equal("entrance", (string)listed[0]!["camera"]!);
    }

    private static JsonNode Json(ObservedMessage message) => JsonNode.Parse(message.Payload)!;

    /// <summary>Node-RED as tests/run.sh installs it, with the flow of deploy/nodered.</summary>
    private sealed class NodeRed : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _log = new();

        private NodeRed(Process process, int port)
        {
            _process = process;
            Port = port;
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public int Port { get; }

        public static NodeRed Start(MosquittoBroker broker, TemporaryFolder folder)
        {
            var flow = File.ReadAllText(Path.Combine(Repository.Root, "deploy/nodered/edgeface-flow.json"))
                .Replace("\"localhost\"", $"\"{broker.Host}\"", StringComparison.Ordinal)
                .Replace("\"1883\"", $"\"{broker.Port}\"", StringComparison.Ordinal);
            File.WriteAllText(folder.File("flow.json"), flow);
            var port = MosquittoBroker.FreePort();
            var start = new ProcessStartInfo("node",
            [
                Path.Combine(NodeRedFactAttribute.Folder, "node_modules/node-red/red.js"), "--userDir", folder.File("node-red"),
                "--settings", Path.Combine(NodeRedFactAttribute.Folder, "settings.js"), folder.File("flow.json"),
            ])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["EDGEFACE_NODERED_PORT"] = port.ToString(CultureInfo.InvariantCulture);
            return new NodeRed(Process.Start(start)!, port);
        }

        public void WaitFor(string text)
        {
            var begun = TimeProvider.System.GetTimestamp();
            while (true)
            {
                lock (_log)
                {
                    if (_log.ToString().Contains(text, StringComparison.Ordinal))
                        return;
                    Assert.True(!_process.HasExited && TimeProvider.System.GetElapsedTime(begun) < AgentProcess.Patience, $"Node-RED did not say '{text}':\n{_log}");
                }

                Thread.Sleep(50);
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Keep(string? line)
        {
            lock (_log)
                _log.AppendLine(line);
        }
    }
}

/// <summary>A test that needs Node-RED and the films; skipped aloud where one is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeRedFactAttribute : FactAttribute
{
    public NodeRedFactAttribute()
    {
        if (!File.Exists(Path.Combine(Folder, "node_modules/node-red/red.js")))
            Skip = "needs Node-RED: (cd tests/nodered && npm ci --ignore-scripts --omit=optional)";
        else if (Clips.WhyMissing is { } reason)
            Skip = $"needs faces: {reason}";
    }

    public static string Folder { get; } = Path.Combine(Repository.Root, "tests/nodered");
}
