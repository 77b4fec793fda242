using System.Net;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>Whatever happens on the way, a board ends at exactly the server's revision, or keeps what it has and says why.</summary>
public sealed class SyncFaultTests
{
    /// <summary>64 MB in some hundred bytes.</summary>
    private static readonly byte[] Bomb = PageCoding.Encode(new byte[64 << 20], PageCoding.Brotli);

    [Fact]
    public async Task A_connection_cut_at_200_random_bytes_loses_nothing()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var board = new SyncFixture();
        for (var n = 0; n < 400; n++)
            board.Origin.Put(n);
        for (var cut = 0; cut < 100; cut++)
            board.Server.Cuts.Enqueue(random.NextDouble());
        Assert.True((await Until(board)).WasFull, $"seed {seed}");
        board.AssertCurrent();
        for (var cut = 0; cut < 100; cut++)
        {
            board.Origin.Put(random.Next(400), version: cut + 1);
            board.Server.Cuts.Enqueue(random.NextDouble());
            await Until(board);
            if (cut % 10 == 0)
                board.AssertCurrent();
        }

        board.AssertCurrent();
        // What was cut goes on where it stopped: only a run that was given up begins anew.
        Assert.Equal(200, board.Server.CutsMade);
        Assert.True(board.Server.Ranges > 150, $"seed {seed}: only {board.Server.Ranges} of 200 were resumed");
    }

    [Fact]
    public async Task A_page_that_changes_while_it_is_fetched_begins_anew()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 50; n++)
            board.Origin.Put(n);
        await board.Sync();
        board.Origin.Put(1, version: 1, templates: 30);
        board.Server.Cuts.Enqueue(0.4);
        var requests = 0;
        board.Server.Instead = request =>
        {
            // Between the cut and the second try somebody else comes.
            if (request.RequestUri!.AbsolutePath.EndsWith("changes", StringComparison.Ordinal) && ++requests == 2)
                board.Origin.Put(60, templates: 30);
            return null;
        };
        await board.Sync();
        board.AssertCurrent();
        Assert.Equal(0, board.Server.Ranges);
    }

    [Fact]
    public async Task Pages_altered_reordered_repeated_and_replayed_change_nothing()
    {
        await using var board = new SyncFixture();
        board.Server.PageSize = 5;
        for (var n = 0; n < 20; n++)
            board.Origin.Put(n);
        await board.Sync();
        var held = board.Store.Sync.State()!;
        var (start, replayed) = (held.Cursor, board.Origin.Page(0, 5));
        for (var n = 20; n < 40; n++)
            board.Origin.Put(n);

        await Refused(board, (_, page) => Flipped(page), "chain of digests does not verify");
        await Refused(board, (_, _) => replayed, "the page follows revision 0, this board holds 20");
        await Refused(board, (_, _) => board.Origin.Page(start + 5, 5), "the page follows revision 25, this board holds 20");
        await Refused(board, (_, page) => [.. page, .. page], "bytes");
        await Refused(board, (_, page) => page[..(page.Length / 2)], "bytes");
        await Refused(board, (_, _) => GalleryPage.Write("door", board.Origin.Epoch, start, start, null, null, []), "lead nowhere");
        Assert.Equal(held.Digest(), board.Store.Sync.State()!.Digest());
        Assert.Equal(start, board.Store.Sync.State()!.Cursor);

        board.Server.Alter = null;
        await board.Sync();
        board.AssertCurrent();
        Assert.Contains(board.Logger.Lines, line => line.Text.Contains("synchronised again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_that_leaves_somebody_out_is_found_out_by_the_state()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 10; n++)
            board.Origin.Put(n);
        await board.Sync();
        board.Origin.Erase(3);
        board.Origin.Put(11);
        // Every byte of it is in order; only the erasure is missing.
        board.Server.Alter = (path, page) =>
        {
            if (!path.EndsWith("changes", StringComparison.Ordinal))
                return page;
            var read = GalleryPage.Read(page, "door");
            return GalleryPage.Write("door", read.Epoch, read.From, read.To, read.Threshold, read.State, [RecordCodec.Encode(read.Changes[^1].Change)]);
        };
        Assert.True((await board.Sync()).WasFull);
        board.AssertCurrent();
        Assert.Contains(board.Warnings, line => line.Contains("what this board would hold is not what the server says", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_set_back_costs_nothing_when_it_holds_the_same_and_everything_when_not()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 30; n++)
            board.Origin.Put(n);
        for (var n = 0; n < 10; n++)
            board.Origin.Put(n, version: 1);
        await board.Sync();
        board.Origin.Renumber(30);
        var same = await board.Sync();
        Assert.Equal((false, 0, 30), (same.WasFull, same.Upserted, same.Status.Revision));
        board.AssertCurrent();
        Assert.Contains(board.Warnings, line => line.Contains("has gone back from revision 40 to 30", StringComparison.Ordinal));

        board.Origin.Put(31);
        await board.Sync();
        board.Origin.Renumber(31);
        board.Origin.Put(1, version: 7);
        board.Origin.Renumber(31);
        var other = await board.Sync();
        // The same number, another content.
        Assert.True(other.WasFull);
        board.AssertCurrent();
        Assert.Equal(1, other.Upserted);
    }

    [Fact]
    public async Task Another_history_and_a_cursor_too_old_lead_to_everything()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 30; n++)
            board.Origin.Put(n);
        await board.Sync();
        board.Origin.Erase(3);
        board.Origin.Put(40);
        board.Origin.Oldest = board.Origin.Revision;
        Assert.True((await board.Sync()).WasFull);
        board.AssertCurrent();
        board.Origin.Epoch = Origin.Id(99, 2);
        board.Origin.Put(41);
        Assert.True((await board.Sync()).WasFull);
        board.AssertCurrent();
        Assert.Equal([Origin.Id(1, 3)], board.Erased);
    }

    [Theory]
    [InlineData("bomb", "the answer is longer than 4194304 bytes when it is decompressed")]
    [InlineData("endless", "the answer does not end after 4194304 bytes")]
    [InlineData("announced", "the answer has 5000000 bytes, more than 4194304")]
    [InlineData("not compressed", "the answer's compression is damaged")]
    [InlineData("unknown compression", "the server used a compression that was not asked for")]
    [InlineData("other continuation", "the server continues another answer than the one that broke off")]
    [InlineData("redirect", "it answers with HTTP 302")]
    [InlineData("nowhere", "the server does not say where it is")]
    [InlineData("key", "it does not accept the key: check gallery.server.key_file")]
    [InlineData("group", "the key is not for this group: check gallery.server.group and the device on the server")]
    public async Task A_hostile_server_changes_nothing(string what, string reason)
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 10; n++)
            board.Origin.Put(n);
        await board.Sync();
        board.Origin.Put(11);
        board.Server.Instead = _ => Answer(what);
        for (var again = 0; again < 3; again++)
            Assert.Equal(reason, (await board.Sync()).Status.Error);
        Assert.Equal(10, board.Store.Sync.State()!.Cursor);
        // Once an episode.
        Assert.Single(board.Warnings, line => line.Contains(reason, StringComparison.Ordinal));
        board.Server.Instead = null;
        await board.Sync();
        board.AssertCurrent();
    }

    [Fact]
    public async Task A_template_of_the_boards_model_but_another_dimension_is_refused()
    {
        await using var board = new SyncFixture(model: new SyncModel(Origin.ModelId, Origin.ModelHash, 64));
        board.Origin.Put(1);
        Assert.Equal("a template of this board's model has 32 values instead of 64", (await board.Sync()).Status.Error);
        Assert.Null(board.Store.Sync.State());
    }

    [Fact]
    public async Task A_full_disk_keeps_what_is_held_until_there_is_space()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 50; n++)
            board.Origin.Put(n);
        await board.Sync();
        var revision = board.Origin.Revision;
        for (var n = 50; n < 3000; n++)
            board.Origin.Put(n);
        board.Server.PageSize = 4000;
        board.Store.LimitPages(50);
        var full = await board.Sync();
        Assert.Contains("the disk is full", full.Status.Error, StringComparison.Ordinal);
        Assert.Equal(revision, board.Store.Sync.State()!.Cursor);
        Assert.Equal(50, board.Store.List().Count);
        board.Store.LimitPages(1_000_000);
        await board.Sync();
        board.AssertCurrent();
    }

    [Fact]
    public async Task A_folder_for_pages_that_cannot_be_made_keeps_what_is_held()
    {
        await using var board = new SyncFixture();
        board.Origin.Put(1);
        File.WriteAllText(board.SpoolFolder, "");
        Assert.NotNull((await board.Sync()).Status.Error);
        Assert.Empty(board.Store.List());
        File.Delete(board.SpoolFolder);
        await board.Sync();
        board.AssertCurrent();
    }

    [Fact]
    public async Task A_clock_wrong_by_a_year_or_going_back_does_not_matter()
    {
        var time = new WrongClock();
        await using var board = new SyncFixture(time: time);
        foreach (var years in new[] { -1, 1, -30, 5 })
        {
            time.Error = TimeSpan.FromDays(365 * years);
            board.Origin.Put(1, version: years + 100);
            board.Origin.Put(years + 200);
            Assert.Null((await board.Sync()).Status.Error);
            board.AssertCurrent();
        }
    }

    [Fact]
    public async Task A_download_of_everything_goes_on_after_a_restart()
    {
        await using var board = new SyncFixture();
        board.Server.PageSize = 10;
        for (var n = 0; n < 100; n++)
            board.Origin.Put(n);
        var pages = 0;
        board.Server.Instead = request => request.RequestUri!.AbsolutePath.Contains("/snapshot/", StringComparison.Ordinal) && ++pages > 6
            ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
            : null;
        Assert.Equal("it is too busy (HTTP 503)", (await board.Sync()).Status.Error);
        Assert.Empty(board.Store.List());
        await board.Restart();
        (pages, board.Server.Instead) = (0, request =>
        {
            pages += request.RequestUri!.AbsolutePath.Contains("/snapshot/", StringComparison.Ordinal) ? 1 : 0;
            return null;
        });
        await board.Sync();
        board.AssertCurrent();
        Assert.Equal(4, pages);
    }

    [Fact]
    public async Task A_damaged_page_on_the_boards_disk_is_fetched_again()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 10; n++)
            board.Origin.Put(n);
        var (manifest, pages) = board.Origin.Snapshot();
        var page = Assert.Single(manifest.Pages);
        Directory.CreateDirectory(board.SpoolFolder);
        File.WriteAllBytes(Path.Combine(board.SpoolFolder, page.Id + ".page"), Flipped(pages[page.Id]));
        Assert.Equal("a page on this board's disk is damaged and will be fetched again", (await board.Sync()).Status.Error);
        await board.Sync();
        board.AssertCurrent();
    }

    /// <summary>As the loop does: again until it succeeds.</summary>
    private static async Task<SyncOutcome> Until(SyncFixture board)
    {
        var full = false;
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var outcome = await board.Sync();
            full |= outcome.WasFull;
            if (outcome.Status.Error is null)
                return outcome with { WasFull = full };
        }

        throw new TimeoutException("It never succeeded.");
    }

    private static async Task Refused(SyncFixture board, Func<string, byte[], byte[]> alter, string reason)
    {
        var warnings = board.Warnings.Count;
        board.Server.Alter = alter;
        Assert.Contains(reason, (await board.Sync()).Status.Error, StringComparison.Ordinal);
        Assert.InRange(board.Warnings.Count, warnings, warnings + 1);
    }

    private static byte[] Flipped(byte[] page)
    {
        var altered = (byte[])page.Clone();
        altered[page.Length / 2] ^= 4;
        return altered;
    }

    private static HttpResponseMessage Answer(string what)
    {
        var answer = new HttpResponseMessage(what switch
        {
            "redirect" => HttpStatusCode.Found,
            "nowhere" => HttpStatusCode.NoContent,
            "key" => HttpStatusCode.Unauthorized,
            "group" => HttpStatusCode.Forbidden,
            "other continuation" => HttpStatusCode.PartialContent,
            _ => HttpStatusCode.OK,
        });
        switch (what)
        {
            case "bomb":
                answer.Content = new ByteArrayContent(Bomb);
                answer.Content.Headers.ContentEncoding.Add("br");
                break;
            case "endless":
                answer.Content = new StreamContent(new EndlessStream());
                break;
            case "announced":
                answer.Content = new ByteArrayContent([]);
                answer.Content.Headers.ContentLength = 5_000_000;
                break;
            case "not compressed":
                answer.Content = new ByteArrayContent([1, 2, 3]);
                answer.Content.Headers.ContentEncoding.Add("gzip");
                break;
            case "unknown compression":
                answer.Content = new ByteArrayContent([1, 2, 3]);
                answer.Content.Headers.ContentEncoding.Add("zstd");
                break;
            case "redirect":
                answer.Headers.Location = new Uri("https://elsewhere.example/");
                break;
        }

        return answer;
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class WrongClock : TimeProvider
    {
        public TimeSpan Error { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Error;
    }
}
