namespace EdgeFace.Messaging.Tests;

public sealed class OutboxDamageTests : OutboxTestBase
{
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(4096)]
    [InlineData(8192)]
    public void A_damaged_file_is_moved_aside_and_a_new_one_begun(int at)
    {
        using (var outbox = Open())
        {
            for (var i = 0; i < 200; i++)
                _ = outbox.AppendAsync(Message($"{i}"));
            outbox.Append(Message("last"));
        }

        using (var file = File.OpenWrite(FilePath))
        {
            file.Position = at;
            file.Write(Enumerable.Repeat((byte)0xA5, 3000).ToArray());
        }

        using var again = Open();
        Assert.Equal(0, again.Depth);
        Assert.True(again.Append(Message("new")));
        Assert.Contains(FilePath, Assert.Single(Log.Of(4000)), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Folder, "outbox.db.corrupt-*"));
    }

    [Fact]
    public async Task Damage_that_shows_while_running_is_moved_aside_too_and_places_go_on()
    {
        using var outbox = Open();
        outbox.Append(Message("a"));
        outbox.Append(Message("b"));
        outbox.Number("PRAGMA wal_checkpoint(TRUNCATE)");
        using (var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length).ToArray());

        Assert.Empty(outbox.ReadAfter(0, 10, long.MaxValue));
        await Wait.Until(() => Log.Of(4000).Count == 1, "moved aside");
        Assert.True(outbox.Append(Message("c")));
        Assert.Equal(["c"], outbox.ReadAfter(2, 10, long.MaxValue).Select(row => row.Id));
        Assert.Equal(1, outbox.Depth);
    }

    [Fact]
    public void No_more_than_three_damaged_files_are_kept()
    {
        for (var i = 0; i < 5; i++)
        {
            File.WriteAllText(FilePath, new string('x', 10_000));
            Open().Dispose();
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, Directory.GetFiles(Folder, "outbox.db.corrupt-*").Length);
    }

    [Fact]
    public void A_full_disk_is_reported_and_overcome()
    {
        using var outbox = Open();
        outbox.Append(Message("before"));
        outbox.LimitPages(20);
        var failure = Assert.Throws<OutboxException>(() => outbox.Append(Message("large") with { Payload = new byte[200_000] }));
        Assert.Contains("is full", failure.Message, StringComparison.Ordinal);
        Assert.Throws<OutboxException>(() => outbox.Append(Message("large") with { Payload = new byte[200_000] }));
        Assert.Single(Log.Of(4001));
        Assert.Equal(["before"], Ids(outbox));

        outbox.LimitPages(100_000);
        Assert.True(outbox.Append(Message("large") with { Payload = new byte[200_000] }));
        Assert.Equal(["before", "large"], Ids(outbox));
        Assert.Equal(2, outbox.Depth);
        Assert.Single(Log.Of(4002));
    }

    [Fact]
    public async Task The_file_shrinks_again_after_an_outage()
    {
        using var outbox = Open();
        for (var i = 0; i < 300; i++)
            _ = outbox.AppendAsync(Message($"{i}") with { Payload = new byte[30_000] });
        await Wait.Until(() => outbox.Depth == 300, "stored");
        var rows = outbox.ReadAfter(0, 1000, long.MaxValue);
        foreach (var row in rows)
            outbox.Acknowledge(row.Sequence);
        await Wait.Until(() => outbox.Depth == 0, "acknowledged");
        Assert.True(Size() > 9_000_000);

        Time.Advance(TimeSpan.FromSeconds(10));
        outbox.Heard();
        await Wait.Until(
            () =>
            {
                Time.Advance(TimeSpan.FromSeconds(1));
                return Size() < 200_000;
            },
            "shrunk");
        Assert.Equal(0, outbox.Bytes);

        long Size() => new FileInfo(FilePath).Length + new FileInfo(FilePath + "-wal").Length;
    }
}
