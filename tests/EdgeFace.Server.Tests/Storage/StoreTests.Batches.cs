using EdgeFace.Core;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Tests.Storage;

/// <summary>Many things in one commit.</summary>
public abstract partial class StoreTests
{
    [Fact]
    public async Task Acknowledgements_of_many_boards_share_a_commit_and_the_last_of_a_board_counts()
    {
        await AddDevicesAsync("board1", "board2", "board3");
        var now = _time.GetUtcNow();

        await Store.AcknowledgeAsync(
            [Ack("board3", 3), Ack("nowhere", 9), Ack("board1", 1), Ack("board3", 4) with { At = now.AddSeconds(1), Digest = "later" }], None);

        var devices = await Store.ListDevicesAsync(None);
        Assert.Equal([("board1", 1L, "digest"), ("board2", 0L, null), ("board3", 4L, "later")], devices.Select(device => (device.Id, device.Revision, device.Digest)));
        Assert.Equal([Model, null, Model], devices.Select(device => device.ModelId));
        Assert.Equal([now, null, now.AddSeconds(1)], devices.Select(device => device.AcknowledgedAt));
        Assert.Equal([now, null, now.AddSeconds(1)], devices.Select(device => device.LastSeenAt));

        DeviceAcknowledgement Ack(string device, long revision) => new(device, revision, "digest", Model, now);
    }

    [Fact]
    public async Task Uses_of_many_keys_share_a_commit()
    {
        await AddDevicesAsync("board1", "board2");
        await Store.AddKeyAsync(Key("k1", "board1"), Somebody, None);
        await Store.AddKeyAsync(Key("k2", "board2"), Somebody, None);
        await Store.AddKeyAsync(Key("k3", null), Somebody, None);
        var now = _time.GetUtcNow().AddMinutes(5);

        await Store.KeysUsedAsync([new KeyUse("k3", null, now), new KeyUse("k1", "board1", now), new KeyUse(null, "board2", now.AddSeconds(1)), new KeyUse("none", "none", now)], None);

        Assert.Equal([("k1", now), ("k2", null), ("k3", (DateTimeOffset?)now)], (await Store.ListKeysAsync(None)).Select(key => (key.Id, key.LastUsedAt)));
        Assert.Equal([now, now.AddSeconds(1)], (await Store.ListDevicesAsync(None)).Select(device => device.LastSeenAt));
    }

    [Fact]
    public async Task Empty_batches_change_nothing()
    {
        await Store.AcknowledgeAsync([], None);
        await Store.KeysUsedAsync([], None);
        await _opened.SeedAsync(Array.Empty<(PersonDraft, TemplateDraft)>(), None);

        Assert.Equal(0, (await Store.StateAsync(None)).Revision);
    }

    [Fact]
    public async Task Many_people_come_in_one_commit_or_not_at_all()
    {
        await _opened.SeedAsync([.. Enumerable.Range(0, 300).Select(n => (Draft($"Person {n:000}"), Face(n)))], None);

        var page = await Store.ReadChangesAsync(Group, 0, 1000, None);
        Assert.Equal(Enumerable.Range(1, 300).Select(number => (long)number), page.Changes.Select(change => change.Revision));
        Assert.Equal(Enumerable.Range(0, 300).Select(n => $"Person {n:000}"), page.Changes.Select(change => change.Name));
        Assert.Equal(Face(7).Vector, Assert.Single(page.Changes[7].Templates).Vector);
        await Assert.ThrowsAsync<InputException>(() => _opened.SeedAsync([(Draft("Ann"), Face(1)), (Draft("PERSON 007"), Face(2))], None));
        Assert.Equal(300, (await Store.StateAsync(None)).Revision);
        Assert.Null(await Store.FindPersonByNameAsync("Ann", None));
    }

    [Fact]
    public async Task Many_devices_come_with_their_keys()
    {
        await _opened.SeedAsync([Key("k1", "board1"), Key("k2", "board2")], Group, None);

        Assert.Equal(["board1", "board2"], (await Store.ListDevicesAsync(None)).Select(device => device.Id));
        Assert.Equal("board2", (await Store.FindKeyAsync("k2", None))!.DeviceId);
    }

    private protected async Task AddDevicesAsync(params string[] ids)
    {
        foreach (var id in ids)
            await Store.PutDeviceAsync(id, Group, Somebody, None);
    }

    private KeyRecord Key(string id, string? device)
        => new(id, device is null ? Role.Operator : Role.Device, [1, 2], device, "", _time.GetUtcNow(), null, null);
}
