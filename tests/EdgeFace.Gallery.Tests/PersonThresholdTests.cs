using EdgeFace.Core;

namespace EdgeFace.Gallery.Tests;

/// <summary>A threshold of a person's own, from the file to the match.</summary>
public sealed class PersonThresholdTests
{
    [Fact]
    public void It_comes_with_the_match_counts_a_revision_and_can_be_taken_away()
    {
        using var gallery = new GalleryFixture(encrypted: true);
        var ada = gallery.Store.Enroll("Ada", [GalleryFixture.Face(1)]);
        gallery.Store.Enroll("Bert", [GalleryFixture.Face(2)]);
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        Assert.Null(MatchOf(live, 1).Threshold);

        var (revision, changes) = (gallery.Store.Revision, 0);
        gallery.Store.Changed += () => changes++;
        Assert.True(gallery.Store.SetThreshold(ada.Id, 0.61f));
        Assert.Equal((revision + 1, 1), (gallery.Store.Revision, changes));
        Assert.True(live.Refresh());
        Assert.Equal((ada.Id, 0.61f), (MatchOf(live, 1).Person.Id, MatchOf(live, 1).Threshold!.Value));
        Assert.Null(MatchOf(live, 2).Threshold);
        gallery.Reopen();
        Assert.Equal(0.61f, gallery.Store.FindPerson("ada")!.Threshold);
        Assert.Equal([0.61f, null], gallery.Store.List().Select(summary => summary.Person.Threshold));
        Assert.Equal([0.61f, null], gallery.Store.Export().People.Select(person => person.Threshold));

        Assert.True(gallery.Store.SetThreshold(ada.Id, null));
        Assert.Null(MatchOf(new LiveSearch(gallery.Store, GalleryFixture.Model), 1).Threshold);
        Assert.False(gallery.Store.SetThreshold(Sync.Origin.Id(7, 7), 0.5f));
        foreach (var wrong in new[] { 1.01f, -1.01f, float.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => gallery.Store.SetThreshold(ada.Id, wrong));
    }

    [Fact]
    public void A_change_of_keys_keeps_it()
    {
        using var gallery = new GalleryFixture(encrypted: true);
        var ada = gallery.Store.Enroll("Ada", [GalleryFixture.Face(1)]);
        gallery.Store.SetThreshold(ada.Id, 0.61f);
        gallery.Store.RotateKey();
        Assert.Equal(0.61f, gallery.Store.FindPerson("Ada")!.Threshold);
    }

    [Fact]
    public void The_snapshot_file_has_it_and_who_is_of_a_server()
    {
        var people = Enumerable.Range(0, 4).Select(i => (i, new Person(new Guid(i, 0, 0, new byte[8]), $"P{i} é", DateTimeOffset.UnixEpoch)
        {
            Threshold = i % 2 == 0 ? -0.5f + i : null,
            IsOfServer = i > 1,
        })).ToList();
        var read = PeopleCodec.Read(PeopleCodec.Write(people), 4);
        Assert.Equal(people, read.Select(entry => (entry.Number, entry.Person!)));
    }

    /// <summary>A gallery of schema 4 had the thresholds of a server's people, and nothing used them.</summary>
    [Fact]
    public void A_gallery_of_an_earlier_version_gives_the_servers_people_theirs()
    {
        using var gallery = new GalleryFixture { AllowWarnings = true };
        gallery.Store.Dispose();
        File.Delete(gallery.Path);
        var (own, without, local) = (Sync.Origin.Id(1, 1), Sync.Origin.Id(1, 2), Sync.Origin.Id(1, 3));
        using (var connection = SqliteFile.Open(gallery.Path))
        {
            connection.Execute("PRAGMA journal_mode = WAL");
            foreach (var script in GallerySchema.Migrations.Take(4))
                connection.Execute(script);
            connection.Execute("UPDATE schema_version SET version = 4");
            foreach (var (id, name) in new[] { (own, "Own"), (without, "Without"), (local, "Local") })
                connection.Execute("INSERT INTO people (id, name, name_key, created_at) VALUES (?1, CAST(?2 AS BLOB), CAST(?3 AS BLOB), 0)", id.ToString(), name, name.ToUpperInvariant());
            foreach (var (id, held, threshold) in new[] { (own, 1, 0.625), (without, 1, (double?)null), (local, 2, 0.75) })
                connection.Execute("INSERT INTO synced_people (id, seed, held, threshold, seen) VALUES (?1, x'00', ?2, ?3, 1)", id.ToString(), held, threshold);
        }

        gallery.Reopen();
        Assert.Equal(
            [("Local", null, false), ("Own", 0.625f, true), ("Without", null, true)],
            gallery.Store.List().Select(summary => (summary.Person.Name, summary.Person.Threshold, summary.Person.IsOfServer)));
        Assert.Throws<InputException>(() => gallery.Store.SetThreshold(own, 0.5f));
        Assert.True(gallery.Store.SetThreshold(local, 0.5f));
    }

    private static Match MatchOf(LiveSearch live, int face)
    {
        var best = new Match[1];
        Assert.Equal(1, live.Current.Search(GalleryFixture.Vector(face), best));
        return best[0];
    }
}
