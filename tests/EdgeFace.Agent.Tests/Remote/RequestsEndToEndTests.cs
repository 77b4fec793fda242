using System.Text.Json.Nodes;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>Requests to a running agent, in MQTT 3.1.1: the answer is known by its transaction.</summary>
public sealed class RequestsEndToEndTests : IDisposable
{
    private const string All = """ "requests": { "allow": ["health","log-level","identify","enroll","snapshot","reload","restart","self-test","gallery-sync"] }, """;
    private static readonly string Drawn = Convert.ToBase64String(File.ReadAllBytes(Repository.Golden("inference/drawn.png")));

    private readonly MosquittoBroker _broker = MosquittoBroker.Start();
    private readonly Dictionary<string, List<string>> _requests = [];
    private readonly Dictionary<string, List<string>> _data = [];
    private readonly List<string> _responses = [];
    private int _next;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_picture_is_identified_a_person_enrolled_and_a_camera_shown()
    {
        using var agent = new RemoteAgent(_broker, more: All);
        agent.Start();
        agent.Answer(0, 200);

        var strangers = Data(agent, "identify", $$"""{"picture":"{{Drawn}}"}""");
        Assert.Equal(["unknown", "unknown"], strangers["faces"]!.AsArray().Select(face => (string)face!["decision"]!));

        Assert.Equal(422, Code(agent, "enroll", $$"""{"name":"Ann","pictures":["{{Drawn}}"]}"""));
        Assert.Contains("2 faces were found", (string)Ask(agent, "enroll", $$"""{"name":"Ann","pictures":["{{Drawn}}"]}""")["error"]!["message"]!, StringComparison.Ordinal);
        var enrolled = Data(agent, "enroll", $$"""{"name":"Ann","pictures":["{{Drawn}}"],"largest":true}""");
        Assert.Null(enrolled["resembles"]);
        agent.Until(() => agent.Log.Contains("The gallery is at revision", StringComparison.Ordinal), "the gallery taken up");
        var known = Data(agent, "identify", $$"""{"picture":"{{Drawn}}"}""");
        var face = known["faces"]!.AsArray().First(item => (string)item!["decision"]! == "known");
        Assert.Equal(((string)enrolled["person_id"]!, "Ann"), ((string)face!["person_id"]!, (string)face["name"]!));
        Assert.DoesNotContain("Ann", File.ReadAllText(agent.Path("data/requests.json")), StringComparison.Ordinal);
        Assert.DoesNotContain("Ann", agent.Log, StringComparison.Ordinal);

        var snapshot = Data(agent, "snapshot", """{"camera":"entrance"}""");
        Assert.Equal("edgeface/door/pictures/entrance/snapshot", (string)snapshot["topic"]!);
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == (string)snapshot["topic"]!), "the picture");
        var jpeg = agent.Observer.Messages.Single(message => message.Topic == (string)snapshot["topic"]!);
        Assert.False(jpeg.Retained);
        Assert.Equal((int)snapshot["bytes"]!, jpeg.Payload.Length);
        var frame = Vision.Pictures.PictureReader.Decode(jpeg.Payload, "snapshot");
        Assert.Equal((320, 240), (frame.Width, frame.Height));

        Assert.Equal(400, Code(agent, "identify", """{"picture":"no base64!"}"""));
        Assert.Equal(422, Code(agent, "identify", """{"picture":"bm8gcGljdHVyZQ=="}"""));
        Assert.Equal(404, Code(agent, "snapshot", """{"camera":"cellar"}"""));
        Assert.Equal(503, Code(agent, "gallery-sync", "{}"));
        agent.Stop();
        CheckSchemas();
    }

    [Fact]
    public void A_device_tests_itself_reads_its_file_again_and_begins_anew()
    {
        using var agent = new RemoteAgent(_broker, more: All);
        agent.Start();
        agent.Answer(0, 200);
        var test = Data(agent, "self-test", "{}");
        Assert.True((bool)test["passed"]!, test.ToJsonString());
        Assert.Equal(["models", "camera entrance", "outbox", "disk", "gallery", "stages"], test["checks"]!.AsArray().Select(check => (string)check!["name"]!));
        agent.Until(() => agent.Observer.Messages.Any(message => message.Topic == "edgeface/door/self-test"), "the message of the self-test");
        Data(agent, "health", "");
        Data(agent, "log-level", """{"level":"warning"}""");

        // A file that cannot be used changes nothing; a good one is taken up without a new process.
        var file = File.ReadAllText(agent.Path("edgeface.json"));
        File.WriteAllText(agent.Path("edgeface.json"), file.Replace("\"loop\"", "\"lop\"", StringComparison.Ordinal));
        var refused = Ask(agent, "reload", "{}");
        Assert.Equal(422, (int)refused["error"]!["code"]!);
        Assert.Contains("cameras[0].lop", (string)refused["error"]!["message"]!, StringComparison.Ordinal);
        File.WriteAllText(agent.Path("edgeface.json"), file.Replace("\"name\": \"entrance\"", "\"name\": \"yard\"", StringComparison.Ordinal));
        var before = agent.Reports().Count();
        Assert.Equal("run", (string)Data(agent, "reload", "{}")["mode"]!);
        agent.Until(() => agent.Reports().Skip(before).Any(report => (string)report["settings"]!["cameras"]![0]!["name"]! == "yard"), "the file taken up");

        // A file that the agent cannot start with: the one before is taken again.
        File.WriteAllText(agent.Path("edgeface.json"), file.Replace("\"loop\": -1 } ],", "\"loop\": -1 } ], \"models\": { \"folder\": \"none\" },", StringComparison.Ordinal));
        before = agent.Reports().Count();
        Data(agent, "reload", "{}");
        agent.Until(() => agent.Reports().Skip(before).Any(report => (string)report["settings"]!["cameras"]![0]!["name"]! == "yard"), "the settings before");

        before = agent.Reports().Count();
        Assert.Equal("run", (string)Data(agent, "restart", "{}")["mode"]!);
        agent.Until(() => agent.Reports().Count() > before, "another run");
        agent.Stop();
        CheckSchemas();
    }

    [Fact]
    public void What_shows_pictures_or_changes_access_is_refused_unless_allowed()
    {
        using var agent = new RemoteAgent(_broker);
        agent.Start();
        agent.Answer(0, 200);
        foreach (var name in (string[])["identify", "enroll", "snapshot"])
            Assert.Equal(404, Code(agent, name, "{}"));
        Data(agent, "health", "");
        agent.Stop();
    }

    private JsonNode Data(RemoteAgent agent, string name, string request)
    {
        var response = Ask(agent, name, request);
        Assert.True((string)response["status"]! == "ok", response.ToJsonString());
        Keep(_data, name, response["data"]!.ToJsonString());
        return response["data"]!;
    }

    private int Code(RemoteAgent agent, string name, string request) => (int)Ask(agent, name, request)["error"]!["code"]!;

    private JsonNode Ask(RemoteAgent agent, string name, string request)
    {
        var document = request.Length == 0 ? [] : JsonNode.Parse(request)!.AsObject();
        var transaction = $"t{++_next}";
        document["transaction"] = transaction;
        agent.Observer.Publish($"edgeface/door/request/{name}", document.ToJsonString());
        JsonNode? found = null;
        agent.Until(() => (found = agent.Observer.Messages.Where(message => message.Topic == $"edgeface/door/response/{name}")
            .Select(message => JsonNode.Parse(message.Payload)!).FirstOrDefault(response => (string?)response["transaction"] == transaction)) is not null, $"an answer to {name}");
        _responses.Add(found!.ToJsonString());
        if ((string)found["status"]! == "ok")
            Keep(_requests, name, document.ToJsonString());
        return found;
    }

    private void CheckSchemas()
    {
        SchemaValidator.Demand("requests.schema.json", null, _responses);
        foreach (var (name, documents) in _requests)
            SchemaValidator.Demand("requests.schema.json", $"{name}.request", documents);
        foreach (var (name, documents) in _data)
            SchemaValidator.Demand("requests.schema.json", $"{name}.data", documents);
    }

    private static void Keep(Dictionary<string, List<string>> all, string name, string document)
    {
        if (!all.TryGetValue(name, out var list))
            all[name] = list = [];
        list.Add(document);
    }
}
