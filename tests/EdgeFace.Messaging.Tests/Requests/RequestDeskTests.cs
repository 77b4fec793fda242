using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Messaging.Requests;
using EdgeFace.Messaging.Tests.RemoteConfiguration;

namespace EdgeFace.Messaging.Tests.Requests;

public sealed class RequestDeskTests
{
    private readonly RequestDesk _desk = new("edgeface", "door", new Dictionary<string, Func<JsonObject, JsonNode?>>
    {
        ["echo"] = request => request["say"]?.DeepClone(),
        ["fail"] = _ => throw new RequestException(500, "no"),
    });

    [Fact]
    public void Data_and_transaction_come_back_with_the_correlation_data()
    {
        var answer = Ask("echo", """{"transaction":"a1","say":[1]}""", correlation: [1, 2])!;
        Assert.Equal("edgeface/door/response/echo", answer.Topic);
        Assert.Equal("""{"status":"ok","data":[1],"transaction":"a1"}""", Encoding.UTF8.GetString(answer.Payload));
        Assert.Equal([1, 2], answer.Correlation!);
    }

    [Theory]
    [InlineData("fail", "{}", 500)]
    [InlineData("none", "{}", 404)]
    [InlineData("echo", "[]", 400)]
    [InlineData("echo", "{", 400)]
    [InlineData("echo", """{"transaction":7}""", 400)]
    [InlineData("echo", """{"transaction":"\ud800"}""", 400)]
    [InlineData("echo", """{"a":1,"a":2}""", 400)]
    public void What_goes_wrong_is_an_error_with_a_code(string name, string payload, int code)
    {
        var response = JsonNode.Parse(Ask(name, payload)!.Payload)!;
        Assert.Equal("error", (string)response["status"]!);
        Assert.Equal(code, (int)response["error"]!["code"]!);
        Assert.Null(response["data"]);
    }

    [Fact]
    public void Too_large_a_request_is_413()
        => Assert.Contains("\"code\":413", Encoding.UTF8.GetString(Ask("echo", new string(' ', RequestDesk.MaxBytes) + "{}")!.Payload), StringComparison.Ordinal);

    [Theory]
    [InlineData("edgeface/app/1", "edgeface/app/1")]
    [InlineData("other/app", "edgeface/door/response/echo")]
    [InlineData("edgeface/door/config/desired", "edgeface/door/response/echo")]
    [InlineData("edgeface/#", "edgeface/door/response/echo")]
    public void A_response_topic_of_the_own_tree_is_used(string wanted, string used) => Assert.Equal(used, Ask("echo", "", responseTopic: wanted)!.Topic);

    [Fact]
    public void A_retained_request_is_not_carried_out() => Assert.Null(Ask("echo", "{}", retained: true));

    [Fact]
    public void Mutated_requests_are_answered()
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var source = Encoding.UTF8.GetBytes("""{"transaction":"a1","say":{"a":[1,"b",null]}}""");
        for (var i = 0; i < 2_000 * Fuzz.Factor; i++)
            Assert.NotNull(JsonNode.Parse(_desk.Handle(new MqttMessage("edgeface/door/request/fail", Fuzz.Mutate(source, random), Retained: false, null, null))!.Payload));
    }

    private Answer? Ask(string name, string payload, string? responseTopic = null, byte[]? correlation = null, bool retained = false)
        => _desk.Handle(new MqttMessage($"edgeface/door/request/{name}", Encoding.UTF8.GetBytes(payload), retained, responseTopic, correlation));
}
