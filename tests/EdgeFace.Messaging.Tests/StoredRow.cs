namespace EdgeFace.Messaging.Tests;

/// <summary>A row of the outbox as it would be offered.</summary>
internal sealed record StoredRow(long Sequence, string Id, string Topic, byte[] Payload, DateTimeOffset? ExpiresAt);

internal static class StoredRows
{
    public static List<StoredRow> ReadAfter(this Outbox outbox, long sequence, int most, long mostBytes)
    {
        var page = new OutboxPage();
        var rows = new List<StoredRow>();
        outbox.ReadAfter(sequence, most, mostBytes, page);
        while (page.TryTake(out var row))
            rows.Add(new StoredRow(row.Sequence, page.Id(row), row.Topic, page.Payload(row).ToArray(), row.ExpiresAt));
        return rows;
    }
}
