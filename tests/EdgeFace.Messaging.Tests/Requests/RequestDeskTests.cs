using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.Requests;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests.Requests;

public sealed class RequestDeskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly SemaphoreSlim _go = new(0);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<RequestDesk> _desks = [];
    private int _done;

    public void Dispose()
    {
        _go.Release(1000);
        _desks.ForEach(desk => desk.Dispose());
        _key.Dispose();
        _go.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Data_and_transaction_come_back_with_the_correlation_data()
    {
        var answer = Ask(Desk(), "echo", """{"transaction":"a1","say":[1]}""", correlation: [1, 2])!;
        Assert.Equal("edgeface/door/response/echo", answer.Topic);
        Assert.Equal("""{"status":"ok","data":[1],"transaction":"a1"}""", Encoding.UTF8.GetString(answer.Payload));
        Assert.Equal([1, 2], answer.Correlation!);
    }

    [Theory]
    [InlineData("fail", "{}", 500)]
    [InlineData("break", "{}", 500)]
    [InlineData("none", "{}", 404)]
    [InlineData("echo", "[]", 400)]
    [InlineData("echo", "{", 400)]
    [InlineData("echo", """{"transaction":7}""", 400)]
    [InlineData("echo", """{"transaction":""}""", 400)]
    [InlineData("echo", """{"transaction":"\ud800"}""", 400)]
    [InlineData("echo", """{"a":1,"a":2}""", 400)]
    [InlineData("echo", """{"sya":1}""", 400)]
    [InlineData("once", "{}", 400)]
    public void What_goes_wrong_is_an_error_with_a_code(string name, string payload, int code)
    {
        var response = Ask(Desk(), name, payload)!;
        Assert.Equal(code, CodeOf(response));
        Assert.Null(JsonNode.Parse(response.Payload)!["data"]);
    }

    [Fact]
    public void Too_large_a_request_is_413()
    {
        var desk = Desk();
        Assert.Equal(413, CodeOf(Ask(desk, "echo", new string(' ', RequestHandler.DefaultMaxBytes) + "{}")));
        Assert.Equal(400, CodeOf(Ask(desk, "large", new string(' ', RequestHandler.DefaultMaxBytes) + "{")));
    }

    [Theory]
    [InlineData("edgeface/app/response/1", "edgeface/app/response/1")]
    [InlineData("edgeface/app/1", "edgeface/door/response/echo")]
    [InlineData("other/app/response/1", "edgeface/door/response/echo")]
    [InlineData("edgeface/gate/request/restart", "edgeface/door/response/echo")]
    [InlineData("edgeface/gate/config/desired", "edgeface/door/response/echo")]
    [InlineData("edgeface/app/response/#", "edgeface/door/response/echo")]
    [InlineData("edgeface/app/response/", "edgeface/door/response/echo")]
    public void A_response_topic_is_used_where_answers_go_and_nowhere_else(string wanted, string used) => Assert.Equal(used, Ask(Desk(), "echo", "", responseTopic: wanted)!.Topic);

    [Fact]
    public void A_retained_request_is_not_carried_out() => Assert.Null(Ask(Desk(), "echo", "{}", retained: true));

    [Fact]
    public void A_request_that_is_delivered_twice_is_done_once_and_answered_alike()
    {
        var desk = Desk();
        var first = Ask(desk, "count", """{"transaction":"a"}""")!;
        Assert.Equal(first.Payload, Ask(desk, "count", """{"transaction":"a"}""")!.Payload);
        Assert.Equal(1, _done);
        Assert.Equal(409, CodeOf(Ask(desk, "count", """{ "transaction":"a"}""")));
        Assert.NotEqual(first.Payload, Ask(desk, "count", """{"transaction":"b"}""")!.Payload);
        Ask(desk, "count", "{}");
        Ask(desk, "count", "{}");
        Assert.Equal(4, _done);
        _time.Advance(RequestMemory.Kept * 2);
        Ask(desk, "count", """{"transaction":"a"}""");
        Assert.Equal(5, _done);
    }

    [Fact]
    public void What_must_not_be_done_twice_is_known_after_a_restart_as_well()
    {
        var first = Ask(Desk(), "once", """{"transaction":"a"}""")!;
        Assert.Equal(first.Payload, Ask(Desk(), "once", """{"transaction":"a"}""")!.Payload);
        Assert.Equal(409, CodeOf(Ask(Desk(), "once", """{"transaction":"a" }""")));
        Assert.Equal(1, _done);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("requests.json")));
    }

    [Fact]
    public void A_request_that_the_device_stopped_in_is_not_done_again()
    {
        var journal = new RequestJournal(_folder.File("requests.json"), _time);
        Assert.True(journal.Begin("once", "a", Convert.ToHexStringLower(SHA256.HashData("""{"transaction":"a"}"""u8))));
        var answer = Ask(Desk(), "once", """{"transaction":"a"}""");
        Assert.Equal(500, CodeOf(answer));
        Assert.Contains("is not known", Text(answer), StringComparison.Ordinal);
        Assert.Equal(0, _done);
        _time.Advance(3 * RequestJournal.Kept);
        Assert.True(journal.Begin("once", "b", "x"));
        Assert.Null(journal.Find("once", "a"));
    }

    [Fact]
    public void A_disk_that_does_not_take_the_transaction_keeps_the_request_from_being_done()
    {
        Directory.CreateDirectory(_folder.File("requests.json"));
        Assert.Equal(500, CodeOf(Ask(Desk(), "once", """{"transaction":"a"}""")));
        Assert.Equal(0, _done);
    }

    [Fact]
    public async Task Slow_requests_are_worked_on_apart_and_the_surplus_is_told_to_come_later()
    {
        var desk = Desk();
        for (var i = 0; i < 20; i++)
            Receive(desk, "slow", $$"""{"transaction":"{{i}}"}""");
        // One in hand, four that wait, perhaps one more when the first was taken up late.
        var refused = _answers.ToList();
        Assert.InRange(refused.Count, 20 - RequestWorker.MostWaiting - 1, 20 - RequestWorker.MostWaiting);
        Assert.All(refused, answer => Assert.Equal(429, CodeOf(answer)));
        // A light one is not held up.
        Assert.Equal("ok", (string)JsonNode.Parse(Ask(desk, "echo", "{}")!.Payload)!["status"]!);
        // A repetition of one under way is no second one.
        Receive(desk, "slow", """{"transaction":"0"}""");
        Assert.Empty(_answers);
        _go.Release(20);
        await Wait.Until(() => _answers.Count == 20 - refused.Count, "the others answered");
        Assert.Equal(20 - refused.Count, _done);
        Assert.All(_answers, answer => Assert.Contains("\"status\":\"ok\"", Text(answer), StringComparison.Ordinal));
        // What was refused for lack of room may come again.
        _answers.Clear();
        Receive(desk, "slow", """{"transaction":"19"}""");
        await Wait.Until(() => _answers.Count == 1, "the one that came again answered");
    }

    [Fact]
    public void More_than_so_many_in_a_minute_are_refused()
    {
        var desk = Desk(perMinute: 6);
        Assert.All(Enumerable.Range(0, 6), _ => Assert.DoesNotContain("429", Text(Ask(desk, "echo", "{}")), StringComparison.Ordinal));
        Assert.Equal(429, CodeOf(Ask(desk, "echo", "{}")));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("429", Text(Ask(desk, "echo", "{}")), StringComparison.Ordinal);
        Assert.Equal(429, CodeOf(Ask(desk, "echo", "{}")));
    }

    [Fact]
    public void What_follows_a_request_comes_after_its_answer_and_only_after_a_good_one()
    {
        var seen = new List<string>();
        var handlers = new Dictionary<string, RequestHandler>
        {
            ["go"] = new(_ => null) { Afterwards = () => seen.Add("went") },
            ["no"] = new(_ => throw new RequestException(503, "no")) { Afterwards = () => seen.Add("wrong") },
        };
        using var desk = new RequestDesk(Setup(60), handlers, _ => seen.Add("answer"), _time);
        Receive(desk, "go", "{}");
        Receive(desk, "no", "{}");
        Assert.Equal(["answer", "went", "answer"], seen);
    }

    [Fact]
    public void Where_the_device_has_keys_what_counts_must_be_signed()
    {
        var desk = Desk(keys: true);
        Assert.Equal(403, CodeOf(Ask(desk, "sealed", """{"transaction":"a"}""")));
        Assert.Equal(0, _done);
        var signed = Sign("""{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T00:10:00Z"}""");
        var answer = Ask(desk, "sealed", signed);
        Assert.Equal("""{"status":"ok","data":1,"transaction":"a"}""", Text(answer));
        Assert.Equal(answer!.Payload, Ask(desk, "sealed", signed)!.Payload);
        // Nor is it done again when it comes by the hand of another, after a restart or later.
        Assert.Equal(answer.Payload, Ask(Desk(keys: true), "sealed", signed)!.Payload);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(403, CodeOf(Ask(Desk(keys: true), "sealed", signed)));
        Assert.Equal(1, _done);
        // Without keys it is the allow list that protects.
        Assert.Equal("ok", (string)JsonNode.Parse(Ask(Desk(), "sealed", """{"transaction":"c"}""")!.Payload)!["status"]!);
    }

    [Theory]
    [InlineData("""{"transaction":"a","device":"gate","request":"sealed","expires":"2026-01-01T00:10:00Z"}""", 403)]
    [InlineData("""{"transaction":"a","device":"door","request":"other","expires":"2026-01-01T00:10:00Z"}""", 403)]
    [InlineData("""{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T00:00:00Z"}""", 403)]
    [InlineData("""{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T01:00:01Z"}""", 403)]
    [InlineData("""{"transaction":"a","device":"door","request":"sealed","expires":"soon"}""", 400)]
    [InlineData("""{"device":"door","request":"sealed","expires":"2026-01-01T00:10:00Z"}""", 400)]
    [InlineData("""{"transaction":"a","device":"door","request":"sealed"}""", 400)]
    [InlineData("""{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T00:10:00Z","more":1}""", 400)]
    [InlineData("[]", 400)]
    [InlineData("{", 400)]
    public void A_signature_holds_for_one_device_one_request_and_a_while(string payload, int code)
    {
        Assert.Equal(code, CodeOf(Ask(Desk(keys: true), "sealed", Sign(payload))));
        Assert.Equal(0, _done);
    }

    [Fact]
    public void A_signature_of_another_key_or_of_another_text_does_not_hold()
    {
        const string Payload = """{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T00:10:00Z"}""";
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var desk = Desk(keys: true);
        Assert.Equal(403, CodeOf(Ask(desk, "sealed", Sign(Payload, other))));
        Assert.Equal(403, CodeOf(Ask(desk, "sealed", Sign(Payload).Replace("00:10:00", "00:20:00", StringComparison.Ordinal))));
        Assert.Equal(403, CodeOf(Ask(desk, "sealed", Sign(Payload).Replace("admin", "nobody", StringComparison.Ordinal))));
        Assert.Equal(0, _done);
    }

    [Fact]
    public void Mutated_requests_are_answered_and_none_is_taken_for_a_signed_one()
    {
        var seed = Fuzz.Seed();
        var count = Fuzz.Count(always: 2_000, full: 250_000);
        Console.WriteLine($"{2 * count} mutated requests, EDGEFACE_FUZZ_SEED={seed}");
        var random = new Random(seed);
        var memory = new MemoryWatch(count);
        var desk = Desk(perMinute: int.MaxValue, keys: true);
        var plain = Encoding.UTF8.GetBytes("""{"transaction":"a1","say":{"a":[1,"b",null]}}""");
        var signed = Encoding.UTF8.GetBytes(Sign("""{"transaction":"a","device":"door","request":"sealed","expires":"2026-01-01T00:10:00Z"}"""));
        for (var i = 0; memory.Next(i); i++)
        {
            Assert.NotNull(JsonNode.Parse(Ask(desk, "echo", Fuzz.Mutate(plain, random))!.Payload));
            var mutated = Fuzz.Mutate(signed, random);
            if (!Same(mutated, signed))
                Assert.Equal("error", (string)JsonNode.Parse(Ask(desk, "sealed", mutated)!.Payload)!["status"]!);
        }
    }

    // A mutation may change what does not count: white space, and the last bits of base64.
    private static bool Same(byte[] mutated, byte[] original)
    {
        try
        {
            return (string?)JsonNode.Parse(mutated)?["payload"] == (string?)JsonNode.Parse(original)!["payload"];
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private RequestDesk Desk(int perMinute = 1000, bool keys = false)
    {
        var desk = new RequestDesk(Setup(perMinute, keys), new Dictionary<string, RequestHandler>
        {
            ["echo"] = new(request => request["say"]?.DeepClone(), "say"),
            ["large"] = new(_ => null) { MaxBytes = 1 << 20 },
            ["fail"] = new(_ => throw new RequestException(500, "no")),
            ["break"] = new(_ => throw new InvalidOperationException("broken\nin two")),
            ["count"] = new(_ => Interlocked.Increment(ref _done)),
            ["once"] = new(_ => Interlocked.Increment(ref _done)) { Once = true },
            ["sealed"] = new(_ => Interlocked.Increment(ref _done)) { Once = true, NeedsSignature = true },
            ["slow"] = new(_ =>
            {
                _go.Wait();
                return Interlocked.Increment(ref _done);
            }) { Slow = true },
        }, _answers.Enqueue, _time);
        _desks.Add(desk);
        return desk;
    }

    private RequestDeskSetup Setup(int perMinute, bool keys = false)
    {
        File.WriteAllText(_folder.File("admin.pem"), _key.ExportSubjectPublicKeyInfoPem());
        return new RequestDeskSetup(
            "edgeface", "door", perMinute, keys ? KeyRing.Read([("admin", _folder.File("admin.pem"))]) : KeyRing.Empty, new RequestJournal(_folder.File("requests.json"), _time));
    }

    private string Sign(string payload, ECDsa? key = null) => new JsonObject
    {
        ["payload"] = payload,
        ["signature"] = Convert.ToBase64String((key ?? _key).SignData(Encoding.UTF8.GetBytes(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
        ["key_id"] = "admin",
    }.ToJsonString();

    private Answer? Ask(RequestDesk desk, string name, string payload, string? responseTopic = null, byte[]? correlation = null, bool retained = false)
        => Ask(desk, name, Encoding.UTF8.GetBytes(payload), responseTopic, correlation, retained);

    private Answer? Ask(RequestDesk desk, string name, byte[] payload, string? responseTopic = null, byte[]? correlation = null, bool retained = false)
    {
        _answers.Clear();
        desk.Receive(new MqttMessage($"edgeface/door/request/{name}", payload, retained, responseTopic, correlation));
        var answer = _answers.SingleOrDefault();
        _answers.Clear();
        return answer;
    }

    private static void Receive(RequestDesk desk, string name, string payload)
        => desk.Receive(new MqttMessage($"edgeface/door/request/{name}", Encoding.UTF8.GetBytes(payload), Retained: false, null, null));

    private static string Text(Answer? answer) => Encoding.UTF8.GetString(answer!.Payload);

    private static int CodeOf(Answer? answer)
    {
        var response = JsonNode.Parse(answer!.Payload)!;
        Assert.Equal("error", (string)response["status"]!);
        return (int)response["error"]!["code"]!;
    }
}
