using EdgeFace.Core;
using EdgeFace.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EdgeFace.Server.Tests.Storage;

[Collection(PostgresCollection.Name)]
public sealed class PostgresStoreTests(PostgresFixture postgres) : StoreTests
{
    private readonly string _database = postgres.NewDatabase();

    [Fact]
    public async Task Another_instance_hears_of_a_change_at_once()
    {
        await using var other = await OpenAsync();
        var waiting = other.WaitForRevisionAsync(Group, 0, CancellationToken.None);
        await using var watch = other.WatchAsync(CancellationToken.None).GetAsyncEnumerator();
        var moved = watch.MoveNextAsync().AsTask();

        await AddAsync("Ann");

        Assert.Equal(1, await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(await moved.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(new RevisionMoved(Group, 1), watch.Current);
    }

    [Fact]
    public async Task Two_instances_share_one_order()
    {
        await using var other = await OpenAsync();
        await Task.WhenAll(
            Task.Run(async () => { for (var i = 0; i < 20; i++) await AddAsync($"Ann {i}"); }),
            Task.Run(async () => { for (var i = 0; i < 20; i++) await other.CreatePersonAsync(Draft($"Bea {i}"), Somebody, CancellationToken.None); }));

        var page = await Store.ReadChangesAsync(Group, 0, 100, CancellationToken.None);

        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), page.Changes.Select(change => change.Revision));
    }

    [Fact]
    public async Task Instances_that_hear_of_the_same_boards_at_once_do_not_wait_for_each_other_for_ever()
    {
        await using var other = await OpenAsync();
        string[] boards = [.. Enumerable.Range(0, 40).Select(n => $"board{n:00}")];
        await AddDevicesAsync(boards);
        var at = DateTimeOffset.UnixEpoch;
        DeviceAcknowledgement[] acknowledgements = [.. boards.Select(board => new DeviceAcknowledgement(board, 1, "digest", "model", at))];
        KeyUse[] uses = [.. boards.Select(board => new KeyUse(null, board, at))];

        // Each in the order in which its boards happened to ask.
        await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[]
        {
            Store.AcknowledgeAsync(acknowledgements, CancellationToken.None),
            other.AcknowledgeAsync([.. acknowledgements.Reverse()], CancellationToken.None),
            other.KeysUsedAsync([.. uses.Reverse()], CancellationToken.None),
        }));

        Assert.All(await Store.ListDevicesAsync(CancellationToken.None), device => Assert.Equal(1, device.Revision));
    }

    [Fact]
    public async Task Audit_trail_cannot_be_changed_even_by_hand()
    {
        await AddAsync("Ann");
        await using var source = NpgsqlDataSource.Create($"{_database};Password={postgres.Server.Password}");
        foreach (var sql in new[] { "UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit" })
        {
            await using var command = source.CreateCommand(sql);
            Assert.Contains("can only be added to", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Wrong_password_is_one_clear_line()
    {
        var dialect = new PostgresDialect(_database, "wrong", TimeProvider.System, NullLogger.Instance);

        var error = await Assert.ThrowsAsync<InputException>(() => GalleryStore.OpenAsync(dialect, new RowSeal(null), TimeProvider.System, NullLogger.Instance, CancellationToken.None));

        Assert.Contains("PostgreSQL reports 28P01", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
    }

    private protected override SqlDialect Dialect(TimeProvider time) => new PostgresDialect(_database, postgres.Server.Password, time, NullLogger.Instance);
}
