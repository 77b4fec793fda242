using EdgeFace.Core;

namespace EdgeFace.Messaging.Tests;

public sealed class OutboxTests : OutboxTestBase
{
    [Fact]
    public void What_was_appended_is_there_after_opening_again()
    {
        using (var outbox = Open())
        {
            Assert.True(outbox.Append(Message("a", TimeSpan.FromHours(1))));
            Assert.True(outbox.Append(Message("b")));
            Assert.Equal(2, outbox.Depth);
        }

        using var again = Open();
        Assert.Equal(2, again.Depth);
        var rows = again.ReadAfter(0, 10, long.MaxValue);
        Assert.Equal(["a", "b"], rows.Select(row => row.Id));
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(1), rows[0].ExpiresAt);
        Assert.Null(rows[1].ExpiresAt);
        Assert.Equal("a"u8.ToArray(), rows[0].Payload);
    }

    [Fact]
    public void A_file_of_the_first_form_is_taken_over_with_what_it_holds()
    {
        using (var connection = OutboxSchema.Connect(FilePath))
        {
            OutboxSchema.Execute(connection, """
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                CREATE TABLE message(
                    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, acked INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL,
                    created INTEGER NOT NULL, expires INTEGER, due INTEGER NOT NULL, bytes INTEGER NOT NULL, topic TEXT NOT NULL,
                    order_key TEXT NOT NULL, payload BLOB NOT NULL);
                CREATE INDEX message_victim ON message(acked DESC, priority, seq);
                CREATE INDEX message_due ON message(due);
                INSERT INTO message VALUES(7, 'a', 1, 2, 1000, NULL, 9000000000000, 10, 't/a', 'c', x'61');
                INSERT INTO message VALUES(8, 'b', 0, 3, 1000, 9000000000000, 9000000000000, 10, 't/b', 'c', x'62');
                PRAGMA user_version = 1;
                """);
        }

        for (var round = 0; round < 2; round++)
        {
            using var outbox = Open();
            Assert.Equal(2 + round, outbox.Depth);
            var rows = outbox.ReadAfter(0, 10, long.MaxValue);
            Assert.Equal([(7, "a", "t/a"), (8, "b", "t/b")], rows.Take(2).Select(row => (row.Sequence, row.Id, row.Topic)));
            Assert.Equal(["a"u8.ToArray(), "b"u8.ToArray()], rows.Take(2).Select(row => row.Payload));
            Assert.Equal([null, DateTimeOffset.FromUnixTimeMilliseconds(9000000000000)], rows.Take(2).Select(row => row.ExpiresAt));
            Assert.True(outbox.Append(Message("c")));
        }

        Assert.Empty(Log.Lines);
    }

    [Fact]
    public void The_file_is_kept_with_full_synchronisation_and_a_write_aheadLog()
    {
        using var outbox = Open();
        Assert.Equal(2, outbox.Number("PRAGMA synchronous"));
        Assert.Equal(2, outbox.Number("PRAGMA auto_vacuum"));
        outbox.Append(Message("a"));
        Assert.True(new FileInfo(FilePath + "-wal").Length > 0);
    }

    [Fact]
    public void An_id_that_is_there_is_not_stored_twice()
    {
        using var outbox = Open();
        Assert.True(outbox.Append(Message("a")));
        Assert.True(outbox.Append(Message("a")));
        Assert.Equal(1, outbox.Depth);
    }

    [Fact]
    public async Task Many_appends_share_commits_and_keep_their_order()
    {
        using var outbox = Open();
        await Task.WhenAll(Enumerable.Range(0, 6000).Select(i => outbox.AppendAsync(Message($"{i}"))));
        Assert.Equal(Enumerable.Range(0, 6000).Select(i => $"{i}"), outbox.ReadAfter(0, 10_000, long.MaxValue).Select(row => row.Id));
        Assert.Equal(5, outbox.ReadAfter(0, 5, long.MaxValue).Count);
        Assert.Single(outbox.ReadAfter(0, 5, 1));
    }

    [Fact]
    public async Task Acknowledged_messages_are_held_until_the_broker_has_outlived_them()
    {
        using var outbox = Open();
        outbox.Append(Message("a"));
        outbox.Acknowledge(1);
        await Wait.Until(() => outbox.Depth == 0, "acknowledged");

        Time.Advance(TimeSpan.FromMinutes(10));
        outbox.Append(Message("b"));
        Assert.Equal(2, outbox.ReadAfter(0, 10, long.MaxValue).Count);

        outbox.Heard();
        Time.Advance(TimeSpan.FromSeconds(1));
        await Wait.Until(() => outbox.ReadAfter(0, 10, long.MaxValue).Count == 1, "forgotten");
        Assert.Equal(1, outbox.Depth);
    }

    [Fact]
    public async Task A_new_connection_makes_what_is_held_pending_again()
    {
        using var outbox = Open();
        outbox.Append(Message("a"));
        outbox.Acknowledge(1);
        await Wait.Until(() => outbox.Depth == 0, "acknowledged");
        outbox.Withdraw();
        await Wait.Until(() => outbox.Depth == 1, "pending again");
        Time.Advance(TimeSpan.FromMinutes(1));
        outbox.Heard();
        outbox.Append(Message("b"));
        Assert.Equal(2, outbox.Depth);
    }

    [Fact]
    public async Task Held_messages_are_pending_again_after_a_restart()
    {
        using (var outbox = Open())
        {
            outbox.Append(Message("a"));
            outbox.Acknowledge(1);
            await Wait.Until(() => outbox.Depth == 0, "acknowledged");
        }

        using var again = Open();
        Assert.Equal(1, again.Depth);
    }

    [Fact]
    public void When_there_are_too_many_the_lowest_priority_and_the_oldest_of_it_go_first()
    {
        using var outbox = Open(new OutboxOptions { MaxMessages = 4 });
        outbox.Append(Message("begin1", priority: MessagePriority.VisitBegin));
        outbox.Append(Message("update1", priority: MessagePriority.VisitUpdate));
        outbox.Append(Message("update2", priority: MessagePriority.VisitUpdate));
        outbox.Append(Message("end1", priority: MessagePriority.VisitEnd));

        Assert.True(outbox.Append(Message("end2", priority: MessagePriority.VisitEnd)));
        Assert.Equal(["begin1", "update2", "end1", "end2"], Ids(outbox));
        Assert.False(outbox.Append(Message("picture", priority: MessagePriority.Picture)));
        Assert.Equal(["begin1", "update2", "end1", "end2"], Ids(outbox));
        Assert.True(outbox.Append(Message("end3", priority: MessagePriority.VisitEnd)));
        Assert.True(outbox.Append(Message("end4", priority: MessagePriority.VisitEnd)));
        Assert.True(outbox.Append(Message("end5", priority: MessagePriority.VisitEnd)));
        Assert.Equal(["end2", "end3", "end4", "end5"], Ids(outbox));

        Assert.Equal(new OutboxDrops(5, 0, 0, 0, 0), outbox.Drops);
        Assert.Single(Log.Of(4003));
    }

    [Fact]
    public async Task What_is_acknowledged_goes_before_anything_else()
    {
        using var outbox = Open(new OutboxOptions { MaxMessages = 2 });
        outbox.Append(Message("end", priority: MessagePriority.VisitEnd));
        outbox.Append(Message("picture", priority: MessagePriority.Picture));
        outbox.Acknowledge(1);
        await Wait.Until(() => outbox.Depth == 1, "acknowledged");
        outbox.Append(Message("update", priority: MessagePriority.VisitUpdate));
        Assert.Equal(["picture", "update"], Ids(outbox));
        Assert.Equal(0, outbox.Drops.Total);
        Assert.Equal(2, outbox.Depth);
    }

    [Fact]
    public void Bytes_are_bounded()
    {
        using var outbox = Open(new OutboxOptions { MaxBytes = 100_000 });
        for (var i = 0; i < 20; i++)
            outbox.Append(Message($"{i}") with { Payload = new byte[10_000] });
        Assert.InRange(outbox.Bytes, 80_000, 100_000);
        Assert.Equal(20 - outbox.Depth, outbox.Drops.ByBytes);
        Assert.Equal("19", Ids(outbox)[^1]);
    }

    [Fact]
    public async Task Age_and_expiry_end_a_message()
    {
        using var outbox = Open(new OutboxOptions { MaxAge = TimeSpan.FromHours(1) });
        outbox.Append(Message("old"));
        outbox.Append(Message("brief", TimeSpan.FromMinutes(1)));
        Time.Advance(TimeSpan.FromMinutes(2));
        await Wait.Until(() => outbox.Drops.Expired == 1, "expired");
        Assert.Equal(["old"], Ids(outbox));
        Assert.Equal(TimeSpan.FromMinutes(2), outbox.OldestAge);
        Time.Advance(TimeSpan.FromHours(1));
        await Wait.Until(() => outbox.Drops.ByAge == 1, "aged");
        Assert.Equal(0, outbox.Depth);
    }

    [Fact]
    public void What_waits_for_the_disk_is_bounded()
    {
        var inbox = new OutboxInbox();
        var requests = Enumerable.Range(0, Outbox.MaxWaitingAppends + 1)
            .Select(i => new AppendRequest(Message($"{i}"))).ToArray();
        foreach (var request in requests)
            inbox.Add(request);
        Assert.False(requests[^2].Task.IsCompleted);
        Assert.Contains("does not keep up", requests[^1].Task.Exception!.Message, StringComparison.Ordinal);
        Assert.Equal(Outbox.MaxWaitingAppends, inbox.Take().Appends.Count);
    }

    [Fact]
    public void Messages_that_no_broker_takes_are_refused()
    {
        using var outbox = Open();
        Assert.Throws<ArgumentException>(() => outbox.Append(Message("a") with { Topic = "a/+" }));
        Assert.Throws<ArgumentException>(() => outbox.Append(Message("a") with { Topic = "" }));
        Assert.Throws<ArgumentException>(() => outbox.Append(Message("")));
        Assert.Throws<ArgumentException>(() => outbox.Append(Message("a") with { Priority = (MessagePriority)9 }));
        Assert.Equal(0, outbox.Depth);
    }

    [Fact]
    public void Options_out_of_range_are_reported_all_at_once()
    {
        var failure = Assert.Throws<InputException>(() => Open(new OutboxOptions { MaxMessages = 0, MaxBytes = 1, GroupCommitMs = 6 }));
        foreach (var part in new[] { "MaxMessages 0", "MaxBytes 1", "GroupCommitMs 6" })
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }
}
