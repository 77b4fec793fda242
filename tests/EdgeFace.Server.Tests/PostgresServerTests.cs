using System.Text;
using EdgeFace.Core.Security;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using EdgeFace.Server.Tests.Storage;
using EdgeFace.TestKit;
using Npgsql;

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
        await ScrubAsync(server);

        Assert.Equal(404, (await client.GetJsonAsync($"/v1/people/{id}")).Status);
        Assert.True((await client.GetJsonAsync($"/v1/people/{id}/erasure")).Body!["store_scrubbed"]!.GetValue<bool>());
        Assert.DoesNotContain(server.Logs.Lines, line => line.Message.Contains(postgres.Server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_that_starts_before_its_database_waits_for_it()
    {
        using var own = new PostgresFixture();
        var database = own.NewDatabase();
        File.WriteAllText(_folder.File("password"), own.Server.Password + "\n");
        own.Server.Kill();
        using var server = new ServerProcess(_folder.Path, $$""" "store":{"postgres":"{{database}}","postgres_password_file":"password"} """);
        server.Launch();
        for (var i = 0; i < 600 && !server.Said.Any(line => line.Contains("The store is waited for", StringComparison.Ordinal)); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Contains(server.Said, line => line.Contains("cannot be reached", StringComparison.Ordinal));

        own.Server.Restart();

        await server.ReadyAsync();
        Assert.Equal(0, server.Terminate());
    }

    [Fact]
    public async Task Erased_person_stands_in_no_file_of_postgresql_where_the_user_may_clear_its_log()
    {
        using var own = new PostgresFixture();
        var options = Options(own.NewDatabase(), own);
        await RunAsync(own, options, "CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT ALL ON SCHEMA public TO plain");
        await File.WriteAllTextAsync(_folder.File("plain"), "plain\n");
        var name = new NpgsqlConnectionStringBuilder(options.Store.Postgres) { Username = "plain" }.ToString();
        await using var server = await TestServer.StartAsync(options with { Store = options.Store with { Postgres = name, PostgresPasswordFile = _folder.File("plain") } });
        var client = await server.ClientAsync(Role.Admin);
        var first = await AddAsync(server, client, 1);
        var second = await AddAsync(server, client, 2);
        for (var n = 10; n < 60; n++)
            await AddAsync(server, client, n);
        // As autovacuum does by itself.
        await RunAsync(own, options, "VACUUM ANALYZE");

        // Without rights: the tables are clean, the log is not, and the proof says so.
        Assert.False(await EraseAsync(server, client, first));
        Assert.NotEmpty(Traces(own, 1));
        Assert.Contains(server.Logs.Lines, line => line.Message.Contains("its write-ahead log keeps erased people", StringComparison.Ordinal));

        await RunAsync(own, options, "GRANT pg_monitor, pg_checkpoint TO plain; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO plain");
        Assert.NotEmpty(Traces(own, 2));
        // Somebody who looks at a moment before, without touching the tables: their rows would be taken along.
        await using (var source = NpgsqlDataSource.Create($"{options.Store.Postgres};Password={own.Server.Password}"))
        await using (var looker = await source.OpenConnectionAsync())
        await using (var moment = await looker.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead))
        {
            await using var look = new NpgsqlCommand("SELECT COUNT(*) FROM pg_class", looker, moment);
            await look.ExecuteScalarAsync();
            await server.Store.ErasePersonAsync(Guid.Parse(second), null, Actor.CommandLine, CancellationToken.None);
            Assert.False(await server.Store.ScrubAsync(CancellationToken.None));
        }

        Assert.True(await ScrubbedAsync(server, client, second));

        Assert.Empty(Traces(own, 1));
        Assert.Empty(Traces(own, 2));
        Assert.NotEmpty(Traces(own, 10));
        Assert.Equal(NameOf(10), (await client.GetJsonAsync("/v1/people?limit=1")).Body!["people"]![0].Text("name"));
        server.AssertNoErrors();
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

    private static async Task<string> AddAsync(TestServer server, HttpClient client, int n)
    {
        var id = await client.AddPersonAsync(NameOf(n));
        await server.Store.AddTemplatesAsync(
            Guid.Parse(id), [new TemplateDraft(new string('a', 64), VectorOf(n), 1, Encoding.UTF8.GetBytes($"picture of {NameOf(n)}"))], null, Actor.CommandLine, CancellationToken.None);
        return id;
    }

    private static string NameOf(int n) => $"Quittenbaum-{n:000}-Q";

    private static float[] VectorOf(int n) => [.. Enumerable.Range(1, 512).Select(value => value / (7f + n))];

    /// <returns>Whether the store says that it is rid of them.</returns>
    private static async Task<bool> EraseAsync(TestServer server, HttpClient client, string id)
    {
        await server.Store.ErasePersonAsync(Guid.Parse(id), null, Actor.CommandLine, CancellationToken.None);
        return await ScrubbedAsync(server, client, id);
    }

    private static async Task<bool> ScrubbedAsync(TestServer server, HttpClient client, string id)
    {
        await ScrubAsync(server);
        return (await client.GetJsonAsync($"/v1/people/{id}/erasure")).Body!["store_scrubbed"]!.GetValue<bool>();
    }

    private static async Task ScrubAsync(TestServer server)
    {
        // The server's own may be at it.
        for (var i = 0; !await server.Store.ScrubAsync(CancellationToken.None); i++)
        {
            Assert.True(i < 300, "the store is not scrubbed");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>Files with the name as it is and as it is looked for, with the picture, or with any piece of the vector.</summary>
    private static List<string> Traces(PostgresFixture postgres, int n)
    {
        byte[][] pieces = [Encoding.UTF8.GetBytes(NameOf(n)), Encoding.UTF8.GetBytes(NameOf(n).ToUpperInvariant()), Encoding.UTF8.GetBytes($"picture of {NameOf(n)}")];
        var vector = VectorOf(n).SelectMany(BitConverter.GetBytes).ToArray();
        pieces = [.. pieces, .. Enumerable.Range(0, vector.Length / 64).Select(at => vector[(64 * at)..(64 * at + 16)])];
        return Holders(postgres, pieces);
    }

    private static async Task RunAsync(PostgresFixture postgres, ServerOptions options, string sql)
    {
        await using var source = NpgsqlDataSource.Create($"{options.Store.Postgres};Password={postgres.Server.Password}");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static List<string> Holders(PostgresFixture postgres, params byte[][] pieces) => Directory.EnumerateFiles(postgres.Server.Folder, "*", SearchOption.AllDirectories).Where(file =>
    {
        var bytes = File.ReadAllBytes(file);
        return pieces.Any(piece => bytes.AsSpan().IndexOf(piece) >= 0);
    }).ToList();

    private Task<TestServer> StartAsync(string database, PostgresFixture? fixture = null) => TestServer.StartAsync(Options(database, fixture));

    private ServerOptions Options(string database, PostgresFixture? fixture)
    {
        var password = _folder.File("password");
        File.WriteAllText(password, (fixture ?? postgres).Server.Password + "\n");
        return new ServerOptions { DataFolder = _folder.Path, Store = new StoreOptions { Postgres = database, PostgresPasswordFile = password } };
    }
}
