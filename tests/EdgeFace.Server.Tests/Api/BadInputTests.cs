using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests.Api;

/// <summary>Whatever comes in, the answer is a problem that says what is wrong; never a failure of the server.</summary>
public sealed class BadInputTests : ServerTest
{
    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("[]", "must be an object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"name":5}""", "name: must be a text, is 5")]
    [InlineData("""{}""", "name: must be given")]
    [InlineData("""{"name":""}""", "name: must")]
    [InlineData("""{"name":"   "}""", "name: must not be empty")]
    [InlineData("""{"name":"Ann","name":"Bea"}""", "name: stands there twice")]
    [InlineData("""{"name":"Ann","nmae":"Bea"}""", "nmae: there is no such field; did you mean 'name'?")]
    [InlineData("""{"name":"Ann","threshold":2}""", "threshold: must be from -1 to 1, is 2")]
    [InlineData("""{"name":"Ann","groups":["../x"]}""", "groups[0]: must be 1 to 64 of")]
    [InlineData("""{"name":"Ann","groups":"default"}""", "groups: must be a list")]
    [InlineData("""{"name":"Ann","expires_at":"tomorrow"}""", "expires_at: must be")]
    [InlineData("""{"name":"Ann\u0000"}""", "name: must not hold control characters")]
    [InlineData("""{"name":"\ud800"}""", "name: must be a text")]
    public async Task Bad_body_is_answered_with_every_error(string body, string reason)
    {
        var client = await Server.ClientAsync(Role.Operator);

        using var answer = await client.PostAsync("/v1/people", HttpJson.Json(body));
        var (status, problem) = await HttpJson.ReadAsync(answer);

        Assert.Equal(400, status);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(reason, problem.Text("detail"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(status, problem!["status"]!.GetValue<int>());
        Server.AssertNoErrors();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"name":"Bea","name":"Eve"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"groups":["\ud800"]}""")]
    [InlineData("{\"\u0085ame\":1}")]
    public async Task Bad_patch_is_refused_and_changes_nothing(string body)
    {
        var client = await Server.ClientAsync(Role.Operator);
        var id = await client.AddPersonAsync("Ann");
        // Latin-1: a letter above 127 is a lone byte, which is not UTF-8.
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/v1/people/{id}")
        {
            Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("Ann", (await client.GetJsonAsync($"/v1/people/{id}")).Body.Text("name"));
        Server.AssertNoErrors();
    }

    [Theory]
    [InlineData("GET", "/v1/people/none", 404)]
    [InlineData("GET", "/v1/people?limit=0", 400)]
    [InlineData("GET", "/v1/people?limit=many", 400)]
    [InlineData("GET", "/v1/people?after=x", 400)]
    [InlineData("GET", "/v1/people?group=%00", 400)]
    [InlineData("GET", "/v1/nowhere", 404)]
    [InlineData("POST", "/v1/audit", 405)]
    [InlineData("PUT", "/v1/devices/a%20b", 400)]
    [InlineData("PUT", "/v1/groups/%2e%2e", 404)]
    [InlineData("GET", "/../../etc/passwd", 404)]
    [InlineData("GET", "/%2e%2e/appsettings.json", 404)]
    [InlineData("GET", "/openapi/v2.json", 404)]
    public async Task Bad_address_is_a_problem_too(string method, string path, int expected)
    {
        var client = await Server.ClientAsync(Role.Admin);

        var (status, problem) = await client.SendAsync(new HttpMethod(method), path, method == "GET" ? null : "{}");

        Assert.Equal(expected, status);
        Assert.Equal(expected, problem!["status"]!.GetValue<int>());
        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Body_of_another_type_or_too_large_is_refused()
    {
        var client = await Server.ClientAsync(Role.Operator);
        using var text = await client.PostAsync("/v1/people", new StringContent("{}", Encoding.UTF8, "text/plain"));
        using var large = await client.PostAsync("/v1/people", HttpJson.Json($$"""{"name":"{{new string('x', 1 << 20)}}"}"""));
        using var chunked = await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/people")
        {
            Content = HttpJson.Json($$"""{"name":"{{new string('x', 1 << 20)}}"}"""), Headers = { TransferEncodingChunked = true },
        });

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.Equal("too_large", (await HttpJson.ReadAsync(chunked)).Body.Text("code"));
        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Random_bodies_never_make_the_server_fail()
    {
        var client = await Server.ClientAsync(Role.Admin);
        var id = await client.AddPersonAsync("Ann");
        var seed = Fuzz.Seed();
        var random = new Random(seed);
        string[] targets = ["/v1/people", $"/v1/people/{id}", $"/v1/people/{id}/templates", $"/v1/people/{id}/photos", "/v1/keys", "/v1/groups/a", "/v1/devices/a", "/v1/thresholds"];
        HttpMethod[] methods = [HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch];
        var good = """{"name":"Ann","groups":["default"],"threshold":0.5,"role":"device","vector":[1,2],"quality":1}"""u8.ToArray();
        for (var i = 0; i < 150 * Fuzz.Factor; i++)
        {
            var body = (byte[])good.Clone();
            for (var changes = random.Next(6); changes >= 0; changes--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            using var request = new HttpRequestMessage(methods[random.Next(methods.Length)], targets[random.Next(targets.Length)])
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(random.Next(5) == 0 ? "image/png" : "application/json") } },
            };
            using var answer = await client.SendAsync(request);
            Assert.True((int)answer.StatusCode < 500, $"EDGEFACE_FUZZ_SEED={seed}, case {i}: {request.Method} {request.RequestUri} with {Convert.ToHexStringLower(body)} was answered {answer.StatusCode}");
        }

        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Http_that_is_none_is_refused_and_the_server_lives_on()
    {
        foreach (var bytes in new[] { "\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /v1/people HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: " + new string('a', 40_000) + "\r\n\r\n" })
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes));
            var buffer = new byte[64];
            var read = await socket.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.StartsWith("HTTP/1.1 4", Encoding.ASCII.GetString(buffer, 0, read) is { Length: > 0 } said ? said.Replace("505", "4", StringComparison.Ordinal) : "HTTP/1.1 4", StringComparison.Ordinal);
        }

        using var client = Server.Client(null);
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Answers_carry_the_headers_that_keep_browsers_in_check()
    {
        using var client = Server.Client(null);
        using var page = await client.GetAsync("/");
        using var api = await client.GetAsync("/v1/people");

        Assert.Contains("script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", api.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(api.Headers.CacheControl!.NoStore);
        Assert.All(new[] { page, api }, answer =>
        {
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(answer.Headers.Contains("Server"));
        });
    }
}

public sealed class LimitTests : ServerTest
{
    private protected override ServerOptions Options() => base.Options() with { Limits = new LimitOptions { RequestsPerMinute = 5, FailuresPerMinute = 3 } };

    [Fact]
    public async Task Each_key_has_its_own_number_of_requests()
    {
        var (one, other) = (await Server.ClientAsync(Role.Operator), await Server.ClientAsync(Role.Operator));
        var statuses = new List<int>();
        for (var i = 0; i < 7; i++)
            statuses.Add((await one.GetJsonAsync("/v1/groups")).Status);

        Assert.Equal([200, 200, 200, 200, 200, 429, 429], statuses);
        Assert.Equal(200, (await other.GetJsonAsync("/v1/groups")).Status);
        using var answer = await one.GetAsync("/v1/groups");
        Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal("too_many_requests", (await HttpJson.ReadAsync(answer)).Body.Text("code"));
    }

    [Fact]
    public async Task Wrong_key_is_shut_out_for_a_while_and_others_of_its_address_are_not()
    {
        using var wrong = Server.Client("efk_000000000000_" + new string('A', 43));
        var good = await Server.ClientAsync(Role.Operator);
        for (var i = 0; i < 3; i++)
            Assert.Equal(401, (await wrong.GetJsonAsync("/v1/groups")).Status);

        Assert.Equal(429, (await wrong.GetJsonAsync("/v1/groups")).Status);
        Assert.Equal(200, (await good.GetJsonAsync("/v1/groups")).Status);
    }

    [Fact]
    public async Task Many_wrong_keys_shut_an_address_out()
    {
        var good = await Server.ClientAsync(Role.Operator);
        for (var i = 0; i < 60; i++)
        {
            using var wrong = Server.Client($"efk_{i:d12}_" + new string('A', 43));
            Assert.Equal(401, (await wrong.GetJsonAsync("/v1/groups")).Status);
        }

        Assert.Equal(429, (await good.GetJsonAsync("/v1/groups")).Status);
    }
}
