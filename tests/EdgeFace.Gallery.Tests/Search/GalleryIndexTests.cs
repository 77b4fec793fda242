using EdgeFace.Core.Faces;

namespace EdgeFace.Gallery.Tests;

/// <summary>A large gallery: searched by codes and int8, and followed change by change.</summary>
public sealed class GalleryIndexTests
{
    private const int People = 100;
    private const int Each = 210;

    [Fact]
    public void Answers_are_those_of_the_exact_search_within_the_rounding_to_int8()
    {
        var changes = Enumerable.Range(0, 7000).Select(i => Change(i, 3)).ToList();
        var sample = Faces.Rows(Enumerable.Range(0, 2000).Select(i => Faces.Of(i * 3, 0)));
        var index = new GalleryIndex("m", Faces.Dimension, CodeBook.Learn(sample, Faces.Dimension, GalleryIndex.CodeBits));
        index.Fill(changes);
        var indexed = index.At(5);
        var firsts = Enumerable.Range(0, changes.Count + 1).Select(i => 3 * i).ToArray();
        var exact = new ExactSearch(new GallerySnapshot("m", 5, Faces.Dimension, [.. changes.Select(change => change.Person!)], firsts, [.. changes.SelectMany(change => change.Vectors)]));
        Assert.Equal((7000, 21_000, 5L, "m"), (indexed.People, indexed.Templates, indexed.Revision, indexed.ModelId));
        // int8 and its scale, sign bits, codes, owner: nothing in float.
        Assert.Equal(Faces.Dimension + 4 + Faces.Dimension / 8 + GalleryIndex.CodeBits / 8 + 4, indexed.Set.BytesPerTemplate);
        var (a, b) = (new Match[1], new Match[1]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1, indexed.Search(Faces.Of(69 * i, 7), a));
            exact.Search(Faces.Of(69 * i, 7), b);
            Assert.Equal(b[0].Person, a[0].Person);
            Assert.Equal(b[0].Similarity, a[0].Similarity, 2e-3);
        }
    }

    [Fact]
    public void It_follows_the_gallery_change_by_change_and_is_what_a_fresh_one_would_be()
    {
        using var gallery = Filled();
        using var other = gallery.Open();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        var block = Assert.IsType<IndexedSearch>(live.Current).Set.Blocks[0].Block;
        var (random, next) = (new Random(3), People);
        for (var step = 0; step < 12; step++)
        {
            var store = step % 2 == 0 ? gallery.Store : other;
            var list = store.List();
            switch (step % 4)
            {
                case 0:
                    store.Enroll($"Person {next}", [Face(next, 0), Face(next, 1)]);
                    next++;
                    break;
                case 1:
                    store.AddTemplates(list[random.Next(list.Count)].Person, [Face(1000 + step, 0)]);
                    break;
                case 2:
                    // The last one: the next newcomer gets the same number.
                    store.RemovePerson(store.FindPerson($"Person {next - 1}")!.Id);
                    break;
                default:
                    store.AddPerson($"Nobody yet {step}");
                    break;
            }

            var before = live.Current;
            Assert.True(live.Refresh());
            AssertSame(gallery, live.Current);
            Assert.Equal(before.Templates, ((IndexedSearch)before).Set.Templates);
        }

        Assert.Same(block, ((IndexedSearch)live.Current).Set.Blocks[0].Block);
    }

    [Fact]
    public void After_many_changes_it_is_read_anew_and_a_gallery_that_has_shrunk_is_compared_exactly()
    {
        using var gallery = Filled();
        var live = new LiveSearch(gallery.Store, GalleryFixture.Model);
        using (var foreign = SqliteFile.Open(gallery.Path))
        {
            // As after more removals than are remembered.
            SqliteFile.Execute(foreign, "INSERT INTO removals (number, person) VALUES (20000, 1); DELETE FROM removals WHERE number < 20000; UPDATE gallery_state SET revision = revision + 1");
        }

        var before = ((IndexedSearch)live.Current).Set.Blocks[0].Block;
        Assert.True(live.Refresh());
        Assert.NotSame(before, ((IndexedSearch)live.Current).Set.Blocks[0].Block);
        AssertSame(gallery, live.Current);
        foreach (var summary in gallery.Store.List().Take(6))
            gallery.Store.RemovePerson(summary.Person.Id);
        live.Refresh();
        AssertSame(gallery, live.Current);
        Assert.IsType<ExactSearch>(new LiveSearch(gallery.Store, GalleryFixture.Model).Current);
    }

    private static void AssertSame(GalleryFixture gallery, IGallerySearch live)
    {
        var exact = new ExactSearch(gallery.Store.Snapshot(GalleryFixture.Model));
        Assert.Equal((exact.Revision, exact.People, exact.Templates), (live.Revision, live.People, live.Templates));
        var (a, b) = (new Match[1], new Match[1]);
        // The templates of 19, 39 and 58 go over the end of a block.
        foreach (var person in new[] { 0, 7, 19, 39, 50, 58, People - 1, People, People + 1, People + 2, 1001, 1005 })
        {
            foreach (var nearest in new[] { 1, 2, 10 })
            {
                exact.Search(Faces.Of(person, 0), b, nearest);
                live.Search(Faces.Of(person, 0), a, nearest);
                Assert.Equal(b[0].Similarity, a[0].Similarity, 2e-3);
                if (b[0].Similarity > 0.999)
                    Assert.Equal(b[0].Person, a[0].Person);
            }
        }
    }

    private static GalleryFixture Filled()
    {
        var gallery = new GalleryFixture(encrypted: true);
        for (var person = 0; person < People; person++)
            gallery.Store.Enroll($"Person {person}", [.. Enumerable.Range(0, Each).Select(picture => Face(person, picture))]);
        return gallery;
    }

    private static NewTemplate Face(int person, int picture) => new(Embedding.Normalize(GalleryFixture.Model, Faces.Of(person, picture)), 0.5f, null, "");

    private static PersonChange Change(int number, int templates) => new(
        number, new Person(new Guid(number, 0, 0, new byte[8]), $"P{number}", default), Faces.Rows(Enumerable.Range(0, templates).Select(i => Faces.Of(number, i))));
}
