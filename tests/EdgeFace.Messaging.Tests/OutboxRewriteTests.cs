using System.Text;

namespace EdgeFace.Messaging.Tests;

/// <summary>What waits for the broker can be rid of a person.</summary>
public sealed class OutboxRewriteTests : OutboxTestBase
{
    [Fact]
    public async Task Payloads_that_hold_a_piece_are_rewritten_and_it_is_in_no_file_afterwards()
    {
        using var outbox = Open();
        for (var i = 0; i < 200; i++)
            outbox.Append(Message($"m{i}") with { Payload = Encoding.UTF8.GetBytes(i % 10 == 0 ? $"visit {i} of Secretname" : $"visit {i} of somebody") });
        await File.WriteAllTextAsync(FilePath + ".corrupt-20260101T000000000", "Secretname");
        Assert.True(InFiles("Secretname"));

        var rewritten = await outbox.RewriteAsync("Secretname"u8.ToArray(), payload => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(payload).Replace("Secretname", "nobody", StringComparison.Ordinal)));

        Assert.Equal((20, 200), (rewritten, outbox.Depth));
        Assert.False(InFiles("Secretname"));
        Assert.True(InFiles("visit 10 of nobody"));
        Assert.True(outbox.Append(Message("after")));
        Assert.Equal(0, await outbox.RewriteAsync("Secretname"u8.ToArray(), _ => null));
    }

    [Fact]
    public async Task A_rewrite_that_fails_changes_nothing_and_the_outbox_goes_on()
    {
        using var outbox = Open();
        outbox.Append(Message("a") with { Payload = "Secretname"u8.ToArray() });
        await Assert.ThrowsAsync<OutboxException>(() => outbox.RewriteAsync("Secret"u8.ToArray(), _ => throw new InvalidOperationException("no")));
        Assert.True(outbox.Append(Message("b")));
        Assert.Equal(2, outbox.Depth);
    }

    [Fact]
    public void A_rewrite_that_comes_while_the_writer_is_at_a_batch_is_in_the_next_one_alone()
    {
        var inbox = new OutboxInbox();
        inbox.Sweep();
        var batch = inbox.Take();
        var request = new RewriteRequest("Secretname"u8.ToArray(), _ => null);
        inbox.Add(request);
        Assert.Empty(batch.Rewrites);
        inbox.Recycle(batch);
        Assert.Same(request, Assert.Single(inbox.Take().Rewrites));
        Assert.Empty(inbox.Take().Rewrites);
    }

    private bool InFiles(string piece) => Directory.GetFiles(Folder).Any(file =>
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(piece)) >= 0;
    });
}
