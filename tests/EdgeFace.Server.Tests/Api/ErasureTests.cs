using System.Text;
using EdgeFace.Core.Security;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests.Api;

/// <summary>Whoever is erased is in no file of the server any more: byte by byte.</summary>
public sealed class ErasureTests : IDisposable
{
    private const string Name = "Zacharias Quittenbaum";
    private const string Consent = "form-4711-of-quittenbaum";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_an_erased_person_is_left_in_any_file(bool encrypted)
    {
        var options = new ServerOptions { DataFolder = _folder.Path };
        if (encrypted)
        {
            KeyRing.Create(_folder.File("keys"), TimeProvider.System);
            options = options with { Store = new StoreOptions { KeyFile = _folder.File("keys") } };
        }

        await using var server = await TestServer.StartAsync(options);
        var client = await server.ClientAsync(Role.Admin);
        var random = new Random(1);
        // Many around the person, before and after, so that rows move between pages.
        for (var i = 0; i < 60; i++)
            await AddAsync(server, $"Neighbour {i}", random, photo: null);
        var photo = new byte[60_000];
        random.NextBytes(photo);
        var vector = await AddAsync(server, Name, random, photo);
        for (var i = 60; i < 120; i++)
            await AddAsync(server, $"Neighbour {i}", random, photo: null);
        var (_, found) = await client.SendAsync(HttpMethod.Post, "/v1/people/find", $$"""{"name":"{{Name}}"}""");
        var path = $"/v1/people/{found.Text("id")}";
        // A former name counts as well.
        await client.SendAsync(HttpMethod.Patch, path, """{"name":"Zacharias Formerly Quittenbaum"}""");
        byte[][] secrets = [Encoding.UTF8.GetBytes("Quittenbaum"), Encoding.UTF8.GetBytes("QUITTENBAUM"), Encoding.UTF8.GetBytes(Consent), photo[1000..1032], vector];
        if (!encrypted)
            Assert.All(secrets, secret => Assert.True(Holders(secret).Count > 0, "the search finds nothing even before"));

        Assert.Equal(200, (await client.SendAsync(HttpMethod.Delete, path)).Status);
        await ScrubbedAsync(client, path);

        Assert.All(secrets, secret => Assert.Empty(Holders(secret)));
        var (_, audit) = await client.GetJsonAsync("/v1/audit?limit=1000");
        Assert.DoesNotContain("uittenbaum", audit!.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(server.Logs.Lines, line => line.Message.Contains("uittenbaum", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(120, (await client.GetJsonAsync("/v1/people?limit=1000")).Body!["people"]!.AsArray().Count);
        server.AssertNoErrors();
    }

    private static async Task ScrubbedAsync(HttpClient client, string path)
    {
        for (var i = 0; i < 600; i++)
        {
            if ((await client.GetJsonAsync(path + "/erasure")).Body!["store_scrubbed"]!.GetValue<bool>())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Fail("the store's files were not scrubbed within half a minute");
    }

    private static async Task<byte[]> AddAsync(TestServer server, string name, Random random, byte[]? photo)
    {
        var person = await server.Store.CreatePersonAsync(new PersonDraft(name, ["default"], null, photo is null ? null : Consent, null), Actor.CommandLine, CancellationToken.None);
        var vector = Enumerable.Range(0, 512).Select(_ => (float)random.NextDouble()).ToArray();
        await server.Store.AddTemplatesAsync(person.Id, [new TemplateDraft(new string('a', 64), vector, 1, photo)], null, Actor.CommandLine, CancellationToken.None);
        return [.. vector.Take(8).SelectMany(BitConverter.GetBytes)];
    }

    private List<string> Holders(byte[] secret) => Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .Where(file => ReadShared(file).AsSpan().IndexOf(secret) >= 0).ToList();

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>People whose time has come.</summary>
public sealed class ExpiryTests : ServerTest
{
    private readonly ManualTimeProvider _time = new();

    private protected override TimeProvider Time => _time;

    [Fact]
    public async Task Person_is_erased_when_the_time_has_come_and_not_before()
    {
        var client = await Server.ClientAsync(Role.Admin);
        var (_, ann) = await client.SendAsync(HttpMethod.Post, "/v1/people", """{"name":"Ann","retention_days":10}""");
        await client.AddPersonAsync("Bea");
        var path = $"/v1/people/{ann.Text("id")}";

        _time.Advance(TimeSpan.FromDays(10) - TimeSpan.FromMinutes(2));
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.Equal(200, (await client.GetJsonAsync(path)).Status);

        for (var i = 0; i < 200 && (await client.GetJsonAsync(path)).Status == 200; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Equal(404, (await client.GetJsonAsync(path)).Status);
        var (_, audit) = await client.GetJsonAsync($"/v1/audit?person={ann.Text("id")}");
        Assert.Equal(("expiry", "person.erase"), (audit!["entries"]![0].Text("actor"), audit["entries"]![0].Text("action")));
        var tombstone = (await Server.Store.ReadChangesAsync("default", 2, 10, CancellationToken.None)).Changes;
        Assert.Equal(ChangeKind.Tombstone, Assert.Single(tombstone).Kind);
        Assert.Single((await client.GetJsonAsync("/v1/people")).Body!["people"]!.AsArray());
    }
}
