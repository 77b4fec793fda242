using EdgeFace.Core;
using EdgeFace.Core.Faces;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Tests;

/// <summary>A large gallery starts from its snapshot; the gallery itself has the last word.</summary>
public sealed class LiveSnapshotTests
{
    private const int People = 100;
    private const int Each = 205;

    [Fact]
    public void The_next_start_reads_the_snapshot_and_what_has_changed_since_and_a_removal_takes_the_file_along()
    {
        using var gallery = Filled();
        gallery.Store.SetThreshold(gallery.Store.FindPerson("Person 42")!.Id, 0.61f);
        var first = new LiveSearch(gallery.Store, GalleryFixture.Model);
        Assert.True(first.IsSnapshotDue);
        Assert.True(first.WriteSnapshot());
        Assert.False(first.IsSnapshotDue);
        Assert.True(gallery.Store.ReadSnapshotInfo() is { IsCurrent: true, Templates: People * Each });
        Assert.Equal(gallery.Store.ReadSnapshotInfo(), gallery.Store.VerifySnapshot());
        gallery.Store.Enroll("Newcomer", [Face(777, 0)]);
        gallery.Reopen();
        foreach (var keepSealed in new[] { false, true })
        {
            var second = new LiveSearch(gallery.Store, GalleryFixture.Model, keepSealed);
            Assert.Equal(gallery.Store.Revision - 1, second.SnapshotRevision);
            AssertFinds(second, "Newcomer", 777);
            AssertFinds(second, "Person 42", 42);
            Assert.Equal((0.61f, null), (ThresholdOf(second, 42), ThresholdOf(second, 43)));
            Assert.Equal(keepSealed, ((IndexedSearch)second.Current).Set.Blocks[0].Block.IsSealed);
        }

        var follower = new LiveSearch(gallery.Store, GalleryFixture.Model);
        gallery.Store.SetThreshold(gallery.Store.FindPerson("Person 43")!.Id, 0.5f);
        Assert.True(follower.Refresh());
        Assert.Equal((0.61f, 0.5f), (ThresholdOf(follower, 42), ThresholdOf(follower, 43)));
        gallery.Store.RemovePerson(gallery.Store.FindPerson("Person 42")!.Id);
        Assert.False(File.Exists(SnapshotStore.PathOf(gallery.Path)));
        Assert.Null(gallery.Store.ReadSnapshotInfo());
        Assert.Contains("there is no snapshot", Assert.Throws<InputException>(() => gallery.Store.VerifySnapshot()).Message, StringComparison.Ordinal);
        var third = new LiveSearch(gallery.Store, GalleryFixture.Model);
        Assert.Null(third.SnapshotRevision);
        Assert.Equal(People, third.Current.People);
    }

    [Fact]
    public void With_sealed_rows_the_search_moves_to_the_file_as_soon_as_it_is_written()
    {
        using var gallery = Filled();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model, keepSealed: true);
        Assert.False(((IndexedSearch)live.Current).Set.Blocks[0].Block.IsSealed);
        Assert.True(live.WriteSnapshot());
        Assert.True(((IndexedSearch)live.Current).Set.Blocks[0].Block.IsSealed);
        AssertFinds(live, "Person 17", 17);

        // The disk forgets a little while it runs: found out at the search that meets it, and repaired at the next refresh.
        var path = SnapshotStore.PathOf(gallery.Path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = file.Length - 4096L * 144;
            file.Write(new byte[4096 * 144]);
        }

        for (var person = 0; person < People; person++)
            live.Current.Search(Faces.Of(person, 0), new Match[1]);
        Assert.True(live.Refresh());
        Assert.False(File.Exists(path));
        for (var person = 0; person < People; person++)
            AssertFinds(live, $"Person {person}", person);
        Assert.Single(gallery.Logger.Lines, line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public void A_snapshot_of_another_history_damaged_or_under_a_key_that_is_gone_is_not_used_and_goes()
    {
        using var gallery = Filled();
        var path = SnapshotStore.PathOf(gallery.Path);
        new LiveSearch(gallery.Store, GalleryFixture.Model).WriteSnapshot();
        var bytes = File.ReadAllBytes(path);
        var damages = new (string Name, Action Do)[]
        {
            ("history", () =>
            {
                using var foreign = SqliteFile.Open(gallery.Path);
                SqliteFile.Execute(foreign, "UPDATE gallery_state SET snapshot_id = '00000000-0000-0000-0000-000000000001'");
            }),
            ("bits", () => File.WriteAllBytes(path, [.. bytes[..^9000], .. new byte[9000]])),
            ("cut", () => File.WriteAllBytes(path, bytes[..5000])),
            ("empty", () => File.WriteAllBytes(path, [])),
            ("nonsense", () => File.WriteAllBytes(path, new byte[100_000])),
        };
        foreach (var (name, damage) in damages)
        {
            Assert.True(new LiveSearch(gallery.Store, GalleryFixture.Model).WriteSnapshot());
            bytes = File.ReadAllBytes(path);
            damage();
            if (name != "history")
                Assert.Contains("the snapshot cannot be used", Assert.Throws<InputException>(() => gallery.Store.VerifySnapshot()).Message, StringComparison.Ordinal);
            var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
            Assert.Null(live.SnapshotRevision);
            Assert.False(File.Exists(path));
            AssertFinds(live, "Person 5", 5);
        }

        Assert.Equal(damages.Length, gallery.Logger.Lines.Count(line => line.Text.Contains("is not used", StringComparison.Ordinal)));
        new LiveSearch(gallery.Store, GalleryFixture.Model).WriteSnapshot();
        gallery.Store.RotateKey();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Whoever_leaves_while_it_is_written_is_not_in_it()
    {
        using var gallery = Filled();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        gallery.Store.RemovePerson(gallery.Store.FindPerson("Person 9")!.Id);
        // The search has not been refreshed: it is as it would be of a writer that was late.
        Assert.False(live.WriteSnapshot());
        Assert.False(File.Exists(SnapshotStore.PathOf(gallery.Path)));
    }

    [Fact]
    public void A_small_gallery_has_none()
    {
        using var gallery = new GalleryFixture(encrypted: true);
        gallery.Store.Enroll("A", [Face(1, 0)]);
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        Assert.False(live.IsSnapshotDue);
        Assert.False(live.WriteSnapshot());
    }

    private static float? ThresholdOf(LiveSearch live, int person)
    {
        var best = new Match[1];
        Assert.Equal(1, live.Current.Search(Faces.Of(person, 0), best));
        return best[0].Threshold;
    }

    private static void AssertFinds(LiveSearch live, string name, int seed)
    {
        var best = new Match[1];
        Assert.Equal(1, live.Current.Search(Faces.Of(seed, 0), best));
        Assert.Equal(name, best[0].Person.Name);
        Assert.InRange(best[0].Similarity, 0.998f, 1);
    }

    private static GalleryFixture Filled()
    {
        var gallery = new GalleryFixture(encrypted: true) { AllowWarnings = true };
        for (var person = 0; person < People; person++)
            gallery.Store.Enroll($"Person {person}", [.. Enumerable.Range(0, Each).Select(picture => Face(person, picture))]);
        return gallery;
    }

    private static NewTemplate Face(int person, int picture) => new(Embedding.Normalize(GalleryFixture.Model, Faces.Of(person, picture)), 0.5f, null, "");
}
