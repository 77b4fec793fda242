using System.Text.Json.Nodes;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Tests.Api;

public sealed class PeopleTests : ServerTest
{
    [Fact]
    public async Task Person_is_made_read_changed_and_erased()
    {
        var client = await Server.ClientAsync(Role.Operator);
        await Server.Store.PutDeviceAsync("board1", "default", Actor.CommandLine, CancellationToken.None);
        var (status, made) = await client.SendAsync(HttpMethod.Post, "/v1/people", """{"name":"  Ann Müller ","consent_reference":"form 17","threshold":0.5}""");
        var path = $"/v1/people/{made.Text("id")}";

        Assert.Equal((201, "Ann Müller", "form 17"), (status, made.Text("name"), made.Text("consent_reference")));
        Assert.Equal("default", made!["groups"]![0]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(made, (await client.GetJsonAsync(path)).Body));

        var (_, patched) = await client.SendAsync(HttpMethod.Patch, path, """{"threshold":null,"name":"Ann"}""");
        Assert.Equal(("Ann", "form 17", null), (patched.Text("name"), patched.Text("consent_reference"), patched!["threshold"]));
        var (_, put) = await client.SendAsync(HttpMethod.Put, path, """{"name":"Anna"}""");
        Assert.Null(put!["consent_reference"]);

        var (erased, proof) = await client.SendAsync(HttpMethod.Delete, path);
        Assert.Equal((200, false), (erased, proof!["complete"]!.GetValue<bool>()));
        Assert.Equal(404, (await client.GetJsonAsync(path)).Status);
        Assert.Equal(404, (await client.SendAsync(HttpMethod.Delete, path)).Status);

        // Proven once every board of the group has said that it holds the tombstone's revision.
        await Server.Store.AcknowledgeAsync("board1", proof["revision"]!.GetValue<long>(), "digest", null, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var (_, later) = await client.GetJsonAsync(path + "/erasure");
        Assert.True(later!["complete"]!.GetValue<bool>());
        Assert.Equal("digest", later["devices"]![0].Text("digest"));
        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Change_of_an_older_version_is_refused()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}";
        using var answer = await client.GetAsync(path);
        var tag = answer.Headers.ETag!.ToString();

        Assert.Equal(200, (await client.SendAsync(HttpMethod.Put, path, """{"name":"Anna"}""", tag)).Status);
        foreach (var (method, body) in new[] { (HttpMethod.Put, """{"name":"Eve"}"""), (HttpMethod.Patch, """{"name":"Eve"}"""), (HttpMethod.Delete, null) })
        {
            var (status, problem) = await client.SendAsync(method, path, body, tag);
            Assert.Equal((412, "stale"), (status, problem.Text("code")));
            Assert.Equal(412, (await client.SendAsync(method, path, body, "\"somebody else's\"")).Status);
        }

        Assert.Equal("Anna", (await client.GetJsonAsync(path)).Body.Text("name"));
    }

    [Fact]
    public async Task Known_version_is_not_sent_again()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", "\"1\"" } } };

        using var answer = await client.SendAsync(request);

        Assert.Equal(304, (int)answer.StatusCode);
    }

    [Fact]
    public async Task People_are_listed_in_pages_and_found_by_name()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await client.AddPersonAsync($"Person {i}"));
        var seen = new List<string>();
        for (var after = ""; ;)
        {
            var (_, page) = await client.GetJsonAsync("/v1/people?limit=2" + after);
            seen.AddRange(page!["people"]!.AsArray().Select(person => person.Text("id")));
            if (page["next"] is not { } next)
                break;
            after = $"&after={next}";
        }

        Assert.Equal(ids.Order(), seen.Order());
        Assert.Equal(ids[3], (await client.SendAsync(HttpMethod.Post, "/v1/people/find", """{"name":"PERSON 3"}""")).Body.Text("id"));
        Assert.Equal(404, (await client.SendAsync(HttpMethod.Post, "/v1/people/find", """{"name":"Person 9"}""")).Status);
    }

    [Theory]
    [InlineData("""{"name":"Ann","retention_days":10}""", true)]
    [InlineData("""{"name":"Ann","expires_at":"2999-01-01T00:00:00Z"}""", false)]
    [InlineData("""{"name":"Ann","expires_at":"2020-01-01T00:00:00Z"}""", false)]
    [InlineData("""{"name":"Ann","retention_days":10,"expires_at":"2030-01-01T00:00:00Z"}""", false)]
    [InlineData("""{"name":"Ann","retention_days":0}""", false)]
    public async Task Retention_is_days_or_a_time_in_the_future(string body, bool good)
    {
        var client = await Server.ClientAsync(Role.Operator);

        var (status, person) = await client.SendAsync(HttpMethod.Post, "/v1/people", body);

        Assert.Equal(good ? 201 : 400, status);
        if (good)
            Assert.InRange(person!["expires_at"]!.GetValue<DateTimeOffset>(), TimeProvider.System.GetUtcNow().AddDays(9), TimeProvider.System.GetUtcNow().AddDays(10));
    }

    [Fact]
    public async Task Groups_devices_thresholds_and_keys_are_kept()
    {
        var admin = await Server.ClientAsync(Role.Admin);
        Assert.Equal(201, (await admin.SendAsync(HttpMethod.Put, "/v1/groups/yard", """{"threshold":0.6}""")).Status);
        Assert.Equal(200, (await admin.SendAsync(HttpMethod.Put, "/v1/groups/yard", """{"threshold":0.7}""")).Status);
        Assert.Equal(200, (await admin.SendAsync(HttpMethod.Put, "/v1/devices/board7", """{"group":"yard"}""")).Status);
        Assert.Equal(422, (await admin.SendAsync(HttpMethod.Put, "/v1/devices/board7", """{"group":"nowhere"}""")).Status);
        Assert.Equal(409, (await admin.SendAsync(HttpMethod.Delete, "/v1/groups/yard")).Status);
        Assert.Equal(0.45f, (await admin.SendAsync(HttpMethod.Put, "/v1/thresholds", """{"threshold":0.45}""")).Body!["threshold"]!.GetValue<float>());

        var (status, made) = await admin.SendAsync(HttpMethod.Post, "/v1/keys", """{"role":"device","device_id":"board7","label":"yard"}""");
        Assert.Equal(201, status);
        var board = Server.Client(made.Text("key"));
        Assert.Equal("yard", (await board.GetJsonAsync("/v1/devices/board7")).Body.Text("group"));
        var (_, keys) = await admin.GetJsonAsync("/v1/keys");
        var listed = keys!["keys"]!.AsArray().Single(key => key.Text("role") == "device");
        Assert.NotNull(listed!["last_used_at"]);
        Assert.DoesNotContain(made.Text("key")[17..], keys.ToJsonString(), StringComparison.Ordinal);

        Assert.Equal(204, (await admin.SendAsync(HttpMethod.Delete, $"/v1/keys/{listed.Text("id")}")).Status);
        Assert.Equal(401, (await board.GetJsonAsync("/v1/devices/board7")).Status);
        Assert.Equal(204, (await admin.SendAsync(HttpMethod.Delete, "/v1/devices/board7")).Status);
        Assert.Equal(204, (await admin.SendAsync(HttpMethod.Delete, "/v1/groups/yard")).Status);

        var (_, audit) = await admin.GetJsonAsync("/v1/audit?limit=1000");
        Assert.Contains("device.remove", audit!["entries"]!.AsArray().Select(entry => entry.Text("action")));
        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Audit_trail_names_people_who_are_there_and_nobody_else()
    {
        var admin = await Server.ClientAsync(Role.Admin);
        var ann = await admin.AddPersonAsync("Ann Trail");
        Assert.Equal("Ann Trail", (await admin.GetJsonAsync("/v1/audit")).Body!["entries"]![0].Text("person_name"));

        await admin.SendAsync(HttpMethod.Delete, $"/v1/people/{ann}");

        var (_, audit) = await admin.GetJsonAsync($"/v1/audit?person={ann}");
        Assert.Equal(["person.erase", "person.create"], audit!["entries"]!.AsArray().Select(entry => entry.Text("action")));
        Assert.DoesNotContain("Trail", audit.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Description_of_the_api_names_every_address()
    {
        using var client = Server.Client(null);
        var (status, document) = await client.GetJsonAsync("/openapi/v1.json");

        Assert.Equal(200, status);
        var paths = document!["paths"]!.AsObject().Select(path => path.Key).ToList();
        Assert.Contains("/v1/people/{id}/photos", paths);
        Assert.Contains("/v1/audit", paths);
        var person = document["components"]!["schemas"]!["PersonView"]!["properties"]!.AsObject();
        Assert.Contains("consent_reference", person.Select(field => field.Key));
    }
}
