namespace EdgeFace.Gallery.Tests;

public sealed class LiveSearchTests
{
    [Fact]
    public void The_search_follows_the_gallery_and_what_was_handed_out_stays()
    {
        using var gallery = new GalleryFixture();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        var empty = live.Current;
        gallery.Store.Enroll("A", [GalleryFixture.Face(1)]);
        Assert.True(live.Refresh());
        Assert.False(live.Refresh());
        Assert.Equal((0, 1), (empty.People, live.Current.People));
        Assert.Equal(gallery.Store.Revision, live.Current.Revision);

        using var other = gallery.Open();
        other.Enroll("B", [GalleryFixture.Face(2)]);
        Assert.True(live.Refresh());
        Assert.Equal(2, live.Current.People);
    }

    [Fact]
    public async Task Readers_never_see_half_a_change()
    {
        using var gallery = new GalleryFixture();
        using var other = gallery.Open();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        var done = false;
        var searches = 0;
        // Every person has three templates, put in at once: any other number is half a change.
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(() =>
        {
            var best = new Match[4];
            var probe = GalleryFixture.Vector(5);
            while (!Volatile.Read(ref done))
            {
                var search = live.Current;
                Assert.Equal(3 * search.People, search.Templates);
                Assert.Equal(Math.Min(4, search.People), search.Search(probe, best));
                Interlocked.Increment(ref searches);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var refresher = Task.Factory.StartNew(() =>
        {
            long last = 0;
            while (!Volatile.Read(ref done))
            {
                live.Refresh();
                Assert.True(live.Current.Revision >= last);
                last = live.Current.Revision;
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref searches) > 0, TimeSpan.FromSeconds(20)));

        for (var i = 0; i < 40; i++)
        {
            var writer = i % 2 == 0 ? gallery.Store : other;
            var person = writer.Enroll($"P{i}", [GalleryFixture.Face(3 * i), GalleryFixture.Face(3 * i + 1), GalleryFixture.Face(3 * i + 2)]);
            if (i % 5 == 4)
                writer.RemovePerson(person.Id);
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll([.. readers, refresher]);
        live.Refresh();
        Assert.Equal(32, live.Current.People);
    }
}
