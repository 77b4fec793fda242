using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Tests.Storage;

/// <summary>What is found, listed and exported.</summary>
public abstract partial class StoreTests
{
    [Fact]
    public async Task Person_is_found_by_name_whatever_its_case()
    {
        var ann = await AddAsync("Ann Éclair");

        Assert.Equal(ann.Id, (await Store.FindPersonByNameAsync("ANN éCLAIR", None))!.Id);
        Assert.Null(await Store.FindPersonByNameAsync("Ann", None));
    }

    [Fact]
    public async Task People_of_other_models_are_those_with_photos()
    {
        var other = new string('b', 64);
        var withPhoto = await AddAsync("Ann");
        await Store.AddTemplatesAsync(withPhoto.Id, [Face(1) with { Photo = [1, 2] }, Face(2) with { Photo = [3] }], null, Somebody, None);
        var without = await AddAsync("Bea");
        await Store.AddTemplatesAsync(without.Id, [Face(3)], null, Somebody, None);

        Assert.Equal([withPhoto.Id], await Store.PeopleOfOtherModelsAsync(other, null, 10, None));
        Assert.Empty(await Store.PeopleOfOtherModelsAsync(other, withPhoto.Id, 10, None));
        Assert.Empty(await Store.PeopleOfOtherModelsAsync(Model, null, 10, None));
        Assert.Equal(new byte[] { 1, 2, 3 }, (await Store.PhotosOfAsync(withPhoto.Id, None)).SelectMany(photo => photo).Order());
        Assert.Empty(await Store.PhotosOfAsync(without.Id, None));
    }

    [Fact]
    public async Task Export_holds_everything_of_a_person_and_is_noted()
    {
        var ann = await Store.CreatePersonAsync(Draft("Ann") with { ConsentReference = "form 17", ExpiresAt = _time.GetUtcNow().AddDays(3) }, Somebody, None);
        await Store.AddTemplatesAsync(ann.Id, [Face(1) with { Photo = [1, 2] }], null, Somebody, None);

        var export = (await Store.ExportPersonAsync(ann.Id, Somebody, None))!;

        Assert.Equal(("Ann", "form 17", _time.GetUtcNow().AddDays(3)), (export.Person.Draft.Name, export.Person.Draft.ConsentReference, export.Person.Draft.ExpiresAt));
        var (info, vector, photo) = Assert.Single(export.Templates);
        Assert.Equal((Model, 512, 0.9f, true), (info.ModelId, info.Dimension, info.Quality, info.HasPhoto));
        Assert.Equal(Face(1).Vector, vector);
        Assert.Equal([1, 2], photo);
        Assert.Equal(["person.create", "template.add", "person.export"], export.Audit.Select(entry => entry.Action));
        Assert.Null(await Store.ExportPersonAsync(Guid.Empty, Somebody, None));
    }

    [Fact]
    public async Task Groups_tell_their_threshold_people_and_devices()
    {
        await Store.CreateGroupAsync("yard", 0.5f, Somebody, None);
        await Store.CreatePersonAsync(Draft("Ann") with { Groups = ["yard"] }, Somebody, None);
        await Store.PutDeviceAsync("board1", "yard", Somebody, None);
        await Store.SetGlobalThresholdAsync(0.25f, Somebody, None);

        Assert.Equal([(Group, null, 0, 0), ("yard", 0.5f, 1, 1)], (await Store.ListGroupsAsync(None)).Select(group => (group.Name, group.Threshold, group.People, group.Devices)));
        Assert.Equal(1, (await Store.FindGroupAsync("yard", None))!.People);
        Assert.Null(await Store.FindGroupAsync("nowhere", None));
        Assert.Equal(0.25f, await Store.GlobalThresholdAsync(None));
    }

    [Fact]
    public async Task Board_is_seen_without_an_acknowledgement_and_refusals_are_noted()
    {
        await AddDevicesAsync("board1");
        await Store.SeenAsync("board1", _time.GetUtcNow().AddHours(1), None);
        await Store.AuditAsync(Actor.CommandLine, "sign-in.refused", null, "10.0.0.1", None);

        var device = (await Store.FindDeviceAsync("board1", None))!;
        Assert.Equal((_time.GetUtcNow().AddHours(1), null, 0L), (device.LastSeenAt, device.AcknowledgedAt, device.Revision));
        var note = (await Store.ReadAuditAsync(null, null, 1, None))[0];
        Assert.Equal(("command-line", "sign-in.refused", null, "10.0.0.1"), (note.Actor, note.Action, note.PersonId, note.Detail));
    }

    [Fact]
    public async Task Watchers_hear_of_every_group_that_moves()
    {
        await Store.CreateGroupAsync("yard", null, Somebody, None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var watch = Store.WatchAsync(patience.Token).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();

        var ann = await Store.CreatePersonAsync(Draft("Ann") with { Groups = [Group, "yard"] }, Somebody, None);
        var seen = new HashSet<RevisionMoved>();
        while (await next && seen.Add(watch.Current) && seen.Count < 2)
            next = watch.MoveNextAsync().AsTask();

        Assert.Equal([new RevisionMoved(Group, ann.Version), new RevisionMoved("yard", ann.Version)], seen.OrderBy(move => move.Group));
    }
}
