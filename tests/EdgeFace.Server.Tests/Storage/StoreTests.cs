using EdgeFace.Server.Storage;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Server.Tests.Storage;

/// <summary>What a store promises, on either database.</summary>
public abstract partial class StoreTests : IAsyncLifetime
{
    private protected static readonly Actor Somebody = new("key1");
    protected const string Group = "default";
    private static readonly string Model = new('a', 64);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualTimeProvider _time = new();
    private GalleryStore _opened = null!;

    private protected IGalleryStore Store => _opened;

    private protected virtual RowSeal Seal { get; } = new(null);

    public async Task InitializeAsync() => _opened = await OpenAsync();

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
    }

    private protected abstract SqlDialect Dialect(TimeProvider time);

    private protected Task<GalleryStore> OpenAsync() => GalleryStore.OpenAsync(Dialect(_time), Seal, _time, NullLogger.Instance, None);

    [Fact]
    public async Task New_person_is_an_upsert_with_the_whole_state()
    {
        var person = await AddAsync("Ann", 0.5f);
        var (_, ids) = (await Store.AddTemplatesAsync(person.Id, [Face(1), Face(2)], null, Somebody, None))!.Value;

        var page = await Store.ReadChangesAsync(Group, 0, 100, None);

        var change = Assert.Single(page.Changes);
        Assert.Equal((2L, ChangeKind.Upsert, person.Id, "Ann", Model, 0.5f), (change.Revision, change.Kind, change.PersonId, change.Name, change.ModelId, change.Threshold));
        Assert.Equal([Group], change.Groups);
        Assert.Equal(ids.Order(), change.Templates.Select(template => template.Id).Order());
        Assert.All(change.Templates, template => Assert.Equal(512, template.Vector.Length));
        Assert.Equal((2, 2, false), (page.Next, page.Current, page.More));
    }

    [Fact]
    public async Task Pages_follow_each_other_and_end_at_the_current_revision()
    {
        for (var i = 0; i < 7; i++)
            await AddAsync($"Person {i}");
        var seen = new List<long>();
        ChangePage page;
        long cursor = 0;
        do
        {
            page = await Store.ReadChangesAsync(Group, cursor, 3, None);
            seen.AddRange(page.Changes.Select(change => change.Revision));
            cursor = page.Next;
        }
        while (page.More);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], seen);
        Assert.Equal(7, cursor);
        Assert.Empty((await Store.ReadChangesAsync(Group, cursor, 3, None)).Changes);
    }

    [Fact]
    public async Task Later_change_supersedes_the_earlier_ones_of_a_person()
    {
        var ann = await AddAsync("Ann");
        var bea = await AddAsync("Bea");
        await Store.UpdatePersonAsync(ann.Id, ann.Draft with { Name = "Anna" }, ann.Version, Somebody, None);

        var page = await Store.ReadChangesAsync(Group, 0, 100, None);

        Assert.Equal([(2L, bea.Id), (3L, ann.Id)], page.Changes.Select(change => (change.Revision, change.PersonId)));
        Assert.Equal("Anna", page.Changes[1].Name);
    }

    [Fact]
    public async Task Leaving_a_group_is_a_tombstone_there_and_an_upsert_elsewhere()
    {
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        var ann = await AddAsync("Ann");
        await Store.UpdatePersonAsync(ann.Id, ann.Draft with { Groups = ["yard"] }, null, Somebody, None);

        var left = Assert.Single((await Store.ReadChangesAsync(Group, 0, 100, None)).Changes);
        var joined = Assert.Single((await Store.ReadChangesAsync("yard", 0, 100, None)).Changes);

        Assert.Equal((ChangeKind.Tombstone, ann.Id, null), (left.Kind, left.PersonId, left.Name));
        Assert.Equal((ChangeKind.Upsert, "Ann"), (joined.Kind, joined.Name));
        Assert.Equal(["yard"], joined.Groups);
    }

    [Fact]
    public async Task Erased_person_leaves_a_tombstone_and_a_proof()
    {
        var ann = await AddAsync("Ann");
        await Store.AddTemplatesAsync(ann.Id, [Face(1) with { Photo = [1, 2, 3] }], null, Somebody, None);

        var erasure = await Store.ErasePersonAsync(ann.Id, null, Somebody, None);

        Assert.Equal((3L, false), (erasure!.Revision, erasure.Scrubbed));
        Assert.Equal([Group], erasure.Groups);
        Assert.Null(await Store.FindPersonAsync(ann.Id, None));
        var change = Assert.Single((await Store.ReadChangesAsync(Group, 2, 100, None)).Changes);
        Assert.Equal(ChangeKind.Tombstone, change.Kind);
        Assert.True(await Store.ScrubAsync(None));
        Assert.True((await Store.FindErasureAsync(ann.Id, None))!.Scrubbed);
        Assert.Null(await Store.ErasePersonAsync(ann.Id, null, Somebody, None));
    }

    [Fact]
    public async Task Refused_change_leaves_no_gap_and_changes_nothing()
    {
        var ann = await AddAsync("Ann");
        var taken = await Assert.ThrowsAsync<StoreRefusalException>(() => AddAsync("ANN"));
        var unknown = await Assert.ThrowsAsync<StoreRefusalException>(() => Store.CreatePersonAsync(Draft("Bea") with { Groups = ["nowhere"] }, Somebody, None));
        var stale = await Assert.ThrowsAsync<StoreRefusalException>(() => Store.UpdatePersonAsync(ann.Id, Draft("Eve"), ann.Version + 1, Somebody, None));

        Assert.Equal([RefusalKind.Taken, RefusalKind.Unknown, RefusalKind.Stale], [taken.Kind, unknown.Kind, stale.Kind]);
        Assert.Equal(1, (await Store.StateAsync(None)).Revision);
        Assert.Equal(2, (await AddAsync("Bea")).Version);
    }

    [Fact]
    public async Task Changing_nothing_takes_no_revision()
    {
        var ann = await AddAsync("Ann");

        Assert.Equal(1, (await Store.UpdatePersonAsync(ann.Id, ann.Draft, null, Somebody, None))!.Version);
        Assert.Equal(1, await Store.CurrentRevisionAsync(Group, None));
    }

    [Fact]
    public async Task Templates_of_another_model_replace_those_before()
    {
        var ann = await AddAsync("Ann");
        await Store.AddTemplatesAsync(ann.Id, [Face(1), Face(2)], null, Somebody, None);
        var other = new string('b', 64);

        await Store.AddTemplatesAsync(ann.Id, [Face(3) with { ModelId = other }], null, Somebody, None);

        Assert.Equal(other, Assert.Single(await Store.ListTemplatesAsync(ann.Id, None)).ModelId);
        Assert.Equal(other, (await Store.ReadChangesAsync(Group, 0, 100, None)).Changes[0].ModelId);
    }

    [Fact]
    public async Task Removing_the_last_template_leaves_a_person_without_a_model()
    {
        var ann = await AddAsync("Ann");
        var (_, ids) = (await Store.AddTemplatesAsync(ann.Id, [Face(1) with { Photo = [9] }], null, Somebody, None))!.Value;
        Assert.Equal([9], await Store.FindPhotoAsync(ann.Id, ids[0], None));

        var left = await Store.RemoveTemplateAsync(ann.Id, ids[0], null, Somebody, None);

        Assert.Equal((null, 0, 0), (left!.ModelId, left.Templates, left.Photos));
        Assert.Null(await Store.FindPhotoAsync(ann.Id, ids[0], None));
        Assert.Null(await Store.RemoveTemplateAsync(ann.Id, ids[0], null, Somebody, None));
    }

    [Fact]
    public async Task Purged_tombstones_make_cursors_before_them_too_old()
    {
        var ann = await AddAsync("Ann");
        await AddAsync("Bea");
        await Store.ErasePersonAsync(ann.Id, null, Somebody, None);
        Assert.Equal(0, await Store.OldestCursorAsync(Group, None));

        Assert.Equal(0, await Store.PurgeTombstonesAsync(_time.GetUtcNow(), None));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await Store.PurgeTombstonesAsync(_time.GetUtcNow(), None));

        Assert.Equal(3, await Store.OldestCursorAsync(Group, None));
        Assert.Single((await Store.ReadChangesAsync(Group, 0, 100, None)).Changes);
        Assert.Equal(3, (await Store.ReadChangesAsync(Group, 0, 100, None)).Next);
        Assert.NotNull(await Store.FindErasureAsync(ann.Id, None));
    }

    [Fact]
    public async Task Thresholds_move_the_groups_they_concern()
    {
        await Store.CreateGroupAsync("yard", 0.6f, Somebody, None);
        await Store.SetGlobalThresholdAsync(0.5f, Somebody, None);

        Assert.Equal((2L, 0.5f), await CurrentAsync(Group));
        Assert.Equal((1L, 0.6f), await CurrentAsync("yard"));

        await Store.SetGroupThresholdAsync("yard", null, Somebody, None);
        Assert.Equal((3L, 0.5f), await CurrentAsync("yard"));

        async Task<(long, float?)> CurrentAsync(string group)
        {
            var page = await Store.ReadChangesAsync(group, 0, 1, None);
            return (page.Next, page.Threshold);
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_change_and_not_before()
    {
        var waiting = Store.WaitForRevisionAsync(Group, 0, None);
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        Assert.False(waiting.IsCompleted);

        await AddAsync("Ann");

        Assert.Equal(2, await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(2, await Store.WaitForRevisionAsync(Group, 1, None));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WaitForRevisionAsync(Group, 2, patience.Token));
    }

    [Fact]
    public async Task Devices_show_what_they_acknowledged_and_how_far_behind_they_are()
    {
        await Store.PutDeviceAsync("board1", Group, Somebody, None);
        for (var i = 0; i < 3; i++)
            await AddAsync($"Person {i}");
        await Store.AcknowledgeAsync("board1", 1, "digest", Model, _time.GetUtcNow(), None);

        var device = await Store.FindDeviceAsync("board1", None);

        Assert.Equal((1L, 3L, 2, "digest", Model), (device!.Revision, device.GroupRevision, device.Lag, device.Digest, device.ModelId));
        await Assert.ThrowsAsync<StoreRefusalException>(() => Store.AcknowledgeAsync("board2", 1, null, null, _time.GetUtcNow(), None));
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        Assert.Equal(0, (await Store.PutDeviceAsync("board1", "yard", Somebody, None)).Revision);
    }

    [Fact]
    public async Task Group_in_use_cannot_be_removed_and_a_new_one_of_its_name_starts_afresh()
    {
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        var ann = await Store.CreatePersonAsync(Draft("Ann") with { Groups = ["yard"] }, Somebody, None);
        var refusal = await Assert.ThrowsAsync<StoreRefusalException>(() => Store.RemoveGroupAsync("yard", Somebody, None));
        Assert.Equal(RefusalKind.InUse, refusal.Kind);
        await Store.ErasePersonAsync(ann.Id, null, Somebody, None);

        Assert.True(await Store.RemoveGroupAsync("yard", Somebody, None));
        await Assert.ThrowsAsync<StoreRefusalException>(() => Store.ReadChangesAsync("yard", 0, 1, None));
        var again = await Store.CreateGroupAsync("yard", null, Somebody, None);
        Assert.Equal(again.Revision, await Store.OldestCursorAsync("yard", None));
    }

    [Fact]
    public async Task People_are_listed_in_pages_and_by_group()
    {
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Store.CreatePersonAsync(Draft($"Person {i}") with { Groups = i % 2 == 0 ? [Group] : [Group, "yard"] }, Somebody, None);
        }

        var first = await Store.ListPeopleAsync(null, null, 3, None);
        var second = await Store.ListPeopleAsync(null, first.Next, 3, None);
        var yard = await Store.ListPeopleAsync("yard", null, 3, None);

        Assert.Equal(["Person 0", "Person 1", "Person 2", "Person 3", "Person 4"], first.People.Concat(second.People).Select(person => person.Draft.Name));
        Assert.Null(second.Next);
        Assert.Equal(["Person 1", "Person 3"], yard.People.Select(person => person.Draft.Name));
        Assert.Equal([Group, "yard"], yard.People[0].Draft.Groups);
    }

    [Fact]
    public async Task Audit_trail_names_nobody_and_keeps_the_order()
    {
        var ann = await AddAsync("Ann");
        await Store.AddTemplatesAsync(ann.Id, [Face(1)], null, Somebody, None);
        await Store.ErasePersonAsync(ann.Id, null, Actor.Expiry, None);

        var entries = await Store.ReadAuditAsync(null, ann.Id, 10, None);

        Assert.Equal(["person.erase", "template.add", "person.create"], entries.Select(entry => entry.Action));
        Assert.Equal(["expiry", "key1", "key1"], entries.Select(entry => entry.Actor));
        Assert.Equal(entries.Skip(1), (await Store.ReadAuditAsync(entries[0].Number, null, 10, None)));
    }

    [Fact]
    public async Task Keys_are_kept_found_and_revoked()
    {
        await Store.PutDeviceAsync("board1", Group, Somebody, None);
        await Store.AddKeyAsync(new KeyRecord("k1", Role.Device, [1, 2], "board1", "", _time.GetUtcNow(), null, null), Somebody, None);
        await Store.KeyUsedAsync("k1", _time.GetUtcNow(), None);

        var key = await Store.FindKeyAsync("k1", None);

        Assert.Equal((Role.Device, "board1", _time.GetUtcNow()), (key!.Role, key.DeviceId, key.LastUsedAt));
        Assert.Equal([1, 2], key.Hash);
        Assert.True(await Store.RemoveDeviceAsync("board1", Somebody, None));
        Assert.NotNull((await Store.FindKeyAsync("k1", None))!.RevokedAt);
        Assert.False(await Store.RevokeKeyAsync("k1", Somebody, None));
    }

    [Fact]
    public async Task Expired_people_are_found_at_their_time()
    {
        var ann = await Store.CreatePersonAsync(Draft("Ann") with { ExpiresAt = _time.GetUtcNow().AddDays(1) }, Somebody, None);
        await AddAsync("Bea");

        Assert.Empty(await Store.ExpiredPeopleAsync(_time.GetUtcNow(), 10, None));
        Assert.Equal([ann.Id], await Store.ExpiredPeopleAsync(_time.GetUtcNow().AddDays(1), 10, None));
    }

    [Fact]
    public async Task Readers_never_see_a_revision_before_the_one_below_it()
    {
        const int Writers = 4;
        const int Each = 15;
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            long cursor = 0;
            var seen = new List<long>();
            while (true)
            {
                var last = done.IsCancellationRequested;
                var page = await Store.ReadChangesAsync(Group, cursor, 5, None);
                seen.AddRange(page.Changes.Select(change => change.Revision));
                cursor = page.Next;
                if (last && !page.More)
                    return seen;
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
                await AddAsync($"Person {writer}/{i}");
        })));
        await done.CancelAsync();

        Assert.Equal(Enumerable.Range(1, Writers * Each).Select(number => (long)number), await reader);
    }

    [Fact]
    public async Task Reopened_store_is_what_it_was()
    {
        var ann = await AddAsync("Ann");
        var state = await Store.StateAsync(None);
        await using var again = await OpenAsync();

        Assert.Equal(state, await again.StateAsync(None));
        Assert.Equal("Ann", (await again.FindPersonAsync(ann.Id, None))!.Draft.Name);
    }

    private protected static PersonDraft Draft(string name) => new(name, [Group], null, null, null);

    private protected static TemplateDraft Face(int seed)
    {
        var random = new Random(seed);
        return new TemplateDraft(Model, [.. Enumerable.Range(0, 512).Select(_ => (float)(random.NextDouble() - 0.5))], 0.9f, null);
    }

    private protected Task<PersonRecord> AddAsync(string name, float? threshold = null)
        => Store.CreatePersonAsync(Draft(name) with { Threshold = threshold }, Somebody, None);
}
