using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EdgeFace.Gallery.Sync;
using EdgeFace.Messaging;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using EdgeFace.Server.Sync;
using EdgeFace.Server.Sync.Simulation;
using EdgeFace.TestKit.Mqtt;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Server.Tests.Sync;

/// <summary>Boards follow the real server over HTTP.</summary>
public sealed class SyncTests(ITestOutputHelper output)
{
    /// <summary>The long form: 100,000 people.</summary>
    private static readonly int People = int.Parse(Environment.GetEnvironmentVariable("EDGEFACE_SYNC_PEOPLE") ?? "1500", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_board_fetches_everything_and_then_one_in_a_hundred()
    {
        await using var server = await SyncServer.StartAsync();
        for (var first = 0; first < People; first += 1000)
            await server.SeedAsync(first, Math.Min(1000, People - first));
        await using var board = await server.BoardAsync("board1");
        var begun = Stopwatch.StartNew();
        var full = await board.SyncAsync();
        Assert.Null(full.Status.Error);
        output.WriteLine($"{People} people: {full.Bytes:N0} bytes in {begun.Elapsed.TotalSeconds:0.00} s, {(double)full.Bytes / People:0} bytes a person");
        Assert.Equal((true, People, People), (full.WasFull, full.Upserted, board.Search.Current.People));
        await AcknowledgedAsync(server, "board1");

        var changes = People / 100;
        await server.SeedAsync(1_000_000, changes);
        var erased = (await server.Store.ListPeopleAsync("default", null, 5, CancellationToken.None)).People;
        foreach (var person in erased)
            await server.Store.ErasePersonAsync(person.Id, null, Actor.CommandLine, CancellationToken.None);
        begun.Restart();
        var delta = await board.SyncAsync();
        output.WriteLine($"{changes} new and 5 erased: {delta.Bytes:N0} bytes in {begun.Elapsed.TotalSeconds:0.00} s");
        Assert.Null(delta.Status.Error);
        Assert.Equal((false, changes, 5), (delta.WasFull, delta.Upserted, delta.Removed));
        Assert.NotNull(board.Recognise(1_000_000));
        await AcknowledgedAsync(server, "board1");
        Assert.Equal((0, 0), (await board.SyncAsync() is var idle ? (idle.Upserted, idle.Removed) : default));
    }

    [Fact]
    public async Task A_device_sees_its_own_group_and_no_other()
    {
        await using var server = await SyncServer.StartAsync();
        await server.Store.CreateGroupAsync("vault", null, Actor.CommandLine, CancellationToken.None);
        var secret = await server.AddAsync(1, "vault");
        var open = await server.AddAsync(2);
        await using var board = await server.BoardAsync("board1");
        await using var guard = await server.BoardAsync("guard", "vault");
        await board.SyncAsync();
        await guard.SyncAsync();
        Assert.Equal((null, open), (board.Recognise(1), board.Recognise(2)));
        Assert.Equal((secret, null), (guard.Recognise(1), guard.Recognise(2)));

        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", board.Key);
        foreach (var path in new[] { "changes?since=0&group=vault", "snapshot?group=vault", $"snapshot/{new string('0', 64)}?group=vault" })
            Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync($"/v1/gallery/{path}")).StatusCode);
        http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/v1/gallery/changes?since=0")).StatusCode);

        // Moved to another group, a board lets go of the people of the first.
        await server.Store.PutDeviceAsync("board1", "vault", Actor.CommandLine, CancellationToken.None);
        Assert.Contains("not for this group", (await board.SyncAsync()).Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_goes_on_at_any_byte_and_pages_never_change_under_their_tag()
    {
        await using var server = await SyncServer.StartAsync();
        await server.SeedAsync(0, 40);
        await using var board = await server.BoardAsync("board1");
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", board.Key);
        foreach (var coding in new[] { "br", "gzip", "identity" })
        {
            var whole = await AskAsync(http, coding, null, null);
            var bytes = await whole.Content.ReadAsByteArrayAsync();
            var tag = whole.Headers.ETag!;
            Assert.False(tag.IsWeak);
            Assert.Equal(coding == "identity" ? [] : [coding], whole.Content.Headers.ContentEncoding);
            var page = GalleryPage.Read(PageCoding.Decode(bytes, coding, SyncLimits.MaxPageBytes), "default");
            Assert.Equal((40, true), (page.Changes.Count, page.IsFinal));
            foreach (var at in new[] { 1, 2, bytes.Length / 3, bytes.Length - 1 })
            {
                var rest = await AskAsync(http, coding, at, tag);
                Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
                Assert.Equal(bytes[at..], await rest.Content.ReadAsByteArrayAsync());
                Assert.Equal(tag, rest.Headers.ETag);
            }

            Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, coding, 5, new EntityTagHeaderValue("\"other\""))).StatusCode);
        }
    }

    [Fact]
    public async Task Whoever_is_away_for_too_long_begins_anew_and_a_server_set_back_is_noticed()
    {
        await using var server = await SyncServer.StartAsync();
        var ids = new List<Guid>();
        for (var n = 0; n < 5; n++)
            ids.Add(await server.AddAsync(n));
        await using var board = await server.BoardAsync("board1");
        await board.SyncAsync();
        await server.Store.ErasePersonAsync(ids[0], null, Actor.CommandLine, CancellationToken.None);
        await server.AddAsync(10);
        await server.Store.PurgeTombstonesAsync(DateTimeOffset.MaxValue.AddDays(-1), CancellationToken.None);
        var late = await board.SyncAsync();
        Assert.Null(late.Status.Error);
        Assert.True(late.WasFull);
        Assert.Equal((null, 5), (board.Recognise(0), board.Search.Current.People));
    }

    [Fact]
    public async Task A_snapshot_that_somebody_has_left_is_made_anew()
    {
        await using var server = await SyncServer.StartAsync();
        await server.SeedAsync(0, 20);
        await using var first = await server.BoardAsync("board1");
        await first.SyncAsync();
        var gone = (await server.Store.ListPeopleAsync("default", null, 1, CancellationToken.None)).People[0].Id;
        await server.Store.ErasePersonAsync(gone, null, Actor.CommandLine, CancellationToken.None);
        await using var second = await server.BoardAsync("board2");
        var outcome = await second.SyncAsync();
        Assert.Equal((null, 19, 0), (outcome.Status.Error, outcome.Upserted, outcome.Removed));
    }

    [Fact]
    public async Task A_group_that_is_removed_takes_its_snapshot_along()
    {
        await using var server = await SyncServer.StartAsync();
        await server.Store.CreateGroupAsync("yard", null, Actor.CommandLine, CancellationToken.None);
        var id = await server.AddAsync(1, "yard");
        await using var board = await server.BoardAsync("board1", "yard");
        Assert.Null((await board.SyncAsync()).Status.Error);
        await server.Store.ErasePersonAsync(id, null, Actor.CommandLine, CancellationToken.None);
        await server.Store.RemoveDeviceAsync("board1", Actor.CommandLine, CancellationToken.None);
        await server.Store.RemoveGroupAsync("yard", Actor.CommandLine, CancellationToken.None);

        // What follows the group's moves finds it gone, and the server goes on.
        await server.Services.GetRequiredService<SyncDesk>().DropOutdatedAsync("yard", CancellationToken.None);
        Assert.Contains("does not accept the key", (await board.SyncAsync()).Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_acknowledgement_that_is_not_true_is_refused()
    {
        await using var server = await SyncServer.StartAsync();
        await server.AddAsync(1);
        await using var board = await server.BoardAsync("board1");
        await board.SyncAsync();
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", board.Key);
        var revision = await server.Store.CurrentRevisionAsync("default", CancellationToken.None);
        foreach (var (body, status) in new[]
        {
            ($$"""{"revision":{{revision}},"digest":"{{new string('0', 64)}}","model":"{{SyncServer.Model}}"}""", HttpStatusCode.Conflict),
            ($$"""{"revision":-1,"digest":"{{new string('0', 64)}}","model":"{{SyncServer.Model}}"}""", HttpStatusCode.BadRequest),
            ($$"""{"revision":1,"digest":"zz","model":"{{SyncServer.Model}}"}""", HttpStatusCode.BadRequest),
            ("nonsense", HttpStatusCode.BadRequest),
        })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            Assert.Equal(status, (await http.PostAsync("/v1/gallery/ack", content)).StatusCode);
        }

        await AcknowledgedAsync(server, "board1");
    }

    [Fact]
    public async Task A_new_person_is_recognised_soon_after_the_nudge()
    {
        using var broker = MosquittoBroker.Start();
        await using var server = await SyncServer.StartAsync(new NudgeOptions { Enabled = true, Host = broker.Host, Port = broker.Port });
        await server.AddAsync(0);
        await using var board = await server.BoardAsync("board1");
        await using var session = new MqttSession(
            new MqttOptions { Host = broker.Host, Port = broker.Port, ClientId = "board1" }, null, TimeProvider.System, NullLogger<MqttSession>.Instance);
        var retained = new TaskCompletionSource();
        session.Subscribe(board.Service.NudgeTopic, message =>
        {
            retained.TrySetResult();
            board.Service.Nudge(message.Payload.Span);
        });
        session.Start();
        board.Service.Start();
        // Retained: told to whoever comes later.
        await retained.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Until(() => board.Recognise(0) is not null);

        var times = new List<double>();
        for (var n = 1; n <= 20; n++)
        {
            var begun = Stopwatch.StartNew();
            var id = await server.AddAsync(n);
            await Until(() => board.Recognise(n) == id);
            times.Add(begun.Elapsed.TotalSeconds);
        }

        times.Sort();
        output.WriteLine($"new person to recognised: p50 {times[9]:0.000} s, p95 {times[18]:0.000} s, most {times[19]:0.000} s");
        // Without the nudge it would take the poll interval, an hour.
        Assert.True(times[18] < 30, $"p95 {times[18]:0.0} s");
    }

    [Fact]
    public async Task An_erased_person_is_in_no_file_of_server_and_board()
    {
        await using var server = await SyncServer.StartAsync();
        var ids = new List<Guid>();
        for (var n = 0; n < 30; n++)
            ids.Add(await server.AddAsync(n));
        await using var board = await server.BoardAsync("board1");
        await board.SyncAsync();
        Assert.True(InFiles(server.Folder.Path, Encoding.UTF8.GetBytes(SyncServer.NameOf(7))));
        await server.Store.ErasePersonAsync(ids[7], null, Actor.CommandLine, CancellationToken.None);
        Assert.True(await server.Store.ScrubAsync(CancellationToken.None));
        Assert.Null((await board.SyncAsync()).Status.Error);
        await AcknowledgedAsync(server, "board1");
        var vector = new byte[4 * SyncServer.Dimension];
        Buffer.BlockCopy(SyncServer.Vector(7), 0, vector, 0, vector.Length);
        Assert.False(InFiles(server.Folder.Path, Encoding.UTF8.GetBytes(SyncServer.NameOf(7))), "name");
        Assert.False(InFiles(server.Folder.Path, Encoding.UTF8.GetBytes(SyncServer.NameOf(7).ToUpperInvariant())), "name's key");
        for (var at = 0; at < vector.Length; at += 64)
            Assert.False(InFiles(server.Folder.Path, vector.AsSpan(at, 16)), $"vector at {at}");
    }

    [Fact]
    public async Task Simulated_boards_all_end_at_the_servers_revision()
    {
        var plan = new SimulationPlan(Devices: 60, People: 300, Churn: 0.1, Rounds: 2, Loops: 8, PollSeconds: 60, Dimension: 32, Seed: 5);
        var report = await Simulation.RunAsync(plan, TimeProvider.System, TextWriter.Null, CancellationToken.None);
        Assert.Equal((0, 30), (report.Failed, report.Changes));
        Assert.True(report.NewPersonP99Seconds >= report.NewPersonP50Seconds && report.NewPersonP50Seconds > 0);
        // 30 people of 32 floats at the least.
        Assert.InRange(report.ChangeBytesPerDeviceDay, 30 * 32 * 2, 30 * 1000);
        output.WriteLine(report.Text());
    }

    [Theory]
    [InlineData("1%/day", 0.01)]
    [InlineData("0.5", 0.005)]
    [InlineData("100 %", 1.0)]
    [InlineData("101%", null)]
    [InlineData("much", null)]
    public void Churn_is_a_share_a_day(string text, double? share) => Assert.Equal(share, SimulateCommand.ChurnOf(text));

    private static async Task AcknowledgedAsync(SyncServer server, string device)
    {
        var held = (await server.Store.FindDeviceAsync(device, CancellationToken.None))!;
        Assert.Equal(await server.Store.CurrentRevisionAsync(held.Group, CancellationToken.None), held.Revision);
        Assert.Equal(SyncServer.Model, held.ModelId);
        Assert.Equal(64, held.Digest!.Length);
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, string coding, int? from, EntityTagHeaderValue? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/gallery/changes?since=0");
        request.Headers.AcceptEncoding.ParseAdd(coding);
        if (from is { } at)
            request.Headers.Range = new RangeHeaderValue(at, null);
        if (tag is not null)
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        return await http.SendAsync(request);
    }

    private static async Task Until(Func<bool> condition)
    {
        var begun = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(begun.Elapsed < TimeSpan.FromSeconds(60), "it did not come about in 60 s");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private static bool InFiles(string folder, ReadOnlySpan<byte> piece)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(piece) >= 0)
                return true;
        }

        return false;
    }
}
