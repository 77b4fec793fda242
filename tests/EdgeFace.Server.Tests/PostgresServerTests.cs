using EdgeFace.Core.Security;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using EdgeFace.Server.Tests.Storage;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>Two servers on one PostgreSQL, and what becomes of them when it goes away for a while.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresServerTests(PostgresFixture postgres) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_one_server_is_told_the_other_knows()
    {
        var database = postgres.NewDatabase();
        await using var one = await StartAsync(database);
        await using var other = await StartAsync(database);
        var waiting = other.Store.WaitForRevisionAsync("default", 0, CancellationToken.None);
        var client = await one.ClientAsync(Role.Admin);
        var key = await other.ClientAsync(Role.Operator);

        var id = await client.AddPersonAsync("Ann");

        Assert.Equal(1, await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("Ann", (await key.GetJsonAsync($"/v1/people/{id}")).Body.Text("name"));
        // A stale version is stale whoever made it so.
        Assert.Equal(200, (await key.SendAsync(HttpMethod.Patch, $"/v1/people/{id}", """{"name":"Bea"}""")).Status);
        Assert.Equal(412, (await client.SendAsync(HttpMethod.Patch, $"/v1/people/{id}", """{"name":"Eve"}""", "\"1\"")).Status);
        one.AssertNoErrors();
        other.AssertNoErrors();
    }

    [Fact]
    public async Task Server_outlives_a_crash_of_its_database_and_hears_of_changes_again()
    {
        using var own = new PostgresFixture();
        var database = own.NewDatabase();
        await using var one = await StartAsync(database, own);
        await using var other = await StartAsync(database, own);
        var client = await one.ClientAsync(Role.Operator);
        await client.AddPersonAsync("Ann");
        var waiting = other.Store.WaitForRevisionAsync("default", 1, CancellationToken.None);

        own.Server.KillAndRestart();
        var status = 503;
        for (var i = 0; i < 200 && status != 201; i++)
        {
            status = (await client.SendAsync(HttpMethod.Post, "/v1/people", """{"name":"Bea"}""")).Status;
            Assert.Contains(status, new[] { 201, 503, 409 });
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Equal(201, status);
        Assert.Equal(2, await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Erased_person_is_gone_from_the_tables_and_the_password_from_everywhere()
    {
        var database = postgres.NewDatabase();
        await using var server = await StartAsync(database);
        var client = await server.ClientAsync(Role.Admin);
        var id = await client.AddPersonAsync("Zacharias Quittenbaum");

        await client.SendAsync(HttpMethod.Delete, $"/v1/people/{id}");
        Assert.True(await server.Store.ScrubAsync(CancellationToken.None));

        Assert.Equal(404, (await client.GetJsonAsync($"/v1/people/{id}")).Status);
        Assert.True((await client.GetJsonAsync($"/v1/people/{id}/erasure")).Body!["store_scrubbed"]!.GetValue<bool>());
        Assert.DoesNotContain(server.Logs.Lines, line => line.Message.Contains(postgres.Server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Encrypted_person_stands_in_no_file_of_postgresql_at_any_time()
    {
        using var own = new PostgresFixture();
        var options = Options(own.NewDatabase(), own);
        KeyRing.Create(_folder.File("keys"), TimeProvider.System);
        await using var server = await TestServer.StartAsync(options with { Store = options.Store with { KeyFile = _folder.File("keys") } });
        var client = await server.ClientAsync(Role.Admin);
        var id = Guid.Parse(await client.AddPersonAsync("Zacharias Quittenbaum"));
        float[] vector = [.. Enumerable.Range(1, 512).Select(value => value / 7f)];
        await server.Store.AddTemplatesAsync(
            id, [new TemplateDraft(new string('a', 64), vector, 1, "a picture in plain sight"u8.ToArray())], null, Actor.CommandLine, CancellationToken.None);
        own.Server.KillAndRestart();

        Assert.NotEmpty(Holders(own, "person.create"u8.ToArray()));
        Assert.Empty(Holders(own, "uittenbaum"u8.ToArray()));
        Assert.Empty(Holders(own, "UITTENBAUM"u8.ToArray()));
        Assert.Empty(Holders(own, "plain sight"u8.ToArray()));
        Assert.Empty(Holders(own, [.. vector.Take(4).SelectMany(BitConverter.GetBytes)]));
    }

    private static List<string> Holders(PostgresFixture postgres, byte[] bytes)
        => Directory.EnumerateFiles(postgres.Server.Folder, "*", SearchOption.AllDirectories).Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0).ToList();

    private Task<TestServer> StartAsync(string database, PostgresFixture? fixture = null) => TestServer.StartAsync(Options(database, fixture));

    private ServerOptions Options(string database, PostgresFixture? fixture)
    {
        var password = _folder.File("password");
        File.WriteAllText(password, (fixture ?? postgres).Server.Password + "\n");
        return new ServerOptions { DataFolder = _folder.Path, Store = new StoreOptions { Postgres = database, PostgresPasswordFile = password } };
    }
}
