using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

public sealed class ExactSearchTests
{
    private static readonly Person[] People = [.. Enumerable.Range(0, 40).Select(i => new Person(new Guid(i, 0, 0, new byte[8]), $"P{i}", default))];

    /// <summary>Golden data: tests/golden/gallery/generate.py, brute force in numpy float64.</summary>
    [Fact]
    public void Answers_are_those_of_brute_force()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.Golden("gallery/search.json")));
        var root = golden.RootElement;
        var people = root.GetProperty("people").EnumerateArray()
            .Select(person => person.EnumerateArray().Select(Floats).ToArray()).ToArray();
        using var gallery = new GalleryFixture();
        for (var i = 0; i < people.Length; i++)
            gallery.Store.Enroll($"P{i}", [.. people[i].Select(values => new NewTemplate(Embedding.Normalize("m", values), 1, null, ""))]);
        // Templates of another model are not there.
        gallery.Store.Enroll("P3", [GalleryFixture.Face(1)]);

        var search = new ExactSearch(gallery.Store.Snapshot("m"));
        Assert.Equal((people.Length, people.Sum(person => person.Length), "m"), (search.People, search.Templates, search.ModelId));
        var probes = root.GetProperty("probes").EnumerateArray().Select(Floats).ToArray();
        Assert.Equal(20, probes.Length);
        var best = new Match[5];
        for (var i = 0; i < probes.Length; i++)
        {
            Assert.Equal(5, search.Search(probes[i], best));
            for (var rank = 0; rank < 5; rank++)
            {
                var expected = root.GetProperty("answers")[i][rank];
                Assert.Equal($"P{expected.GetProperty("person").GetInt32()}", best[rank].Person.Name);
                Assert.Equal(expected.GetProperty("similarity").GetDouble(), best[rank].Similarity, 5e-6);
            }
        }
    }

    [Fact]
    public void Equal_similarities_come_in_the_order_of_enrolment_however_many_are_wanted()
    {
        // Everybody has the same template; person 7 has a better one besides.
        var vectors = Enumerable.Range(0, 20).SelectMany(i => i == 7 ? new[] { Unit(0.6f), Unit(0.9f) } : [Unit(0.6f)]).ToArray();
        var first = Enumerable.Range(0, 21).Select(i => i > 7 ? i + 1 : i).ToArray();
        var search = new ExactSearch(new GallerySnapshot("m", 1, 2, People[..20], first, [.. vectors.SelectMany(vector => vector)]));
        int[] expected = [7, .. Enumerable.Range(0, 20).Where(i => i != 7)];
        for (var wanted = 0; wanted <= 25; wanted++)
        {
            var best = new Match[wanted];
            var count = search.Search([1, 0], best);
            Assert.Equal(Math.Min(wanted, 20), count);
            Assert.Equal(expected.Take(wanted).Select(i => People[i].Id), best.Take(count).Select(match => match.Person.Id));
        }
    }

    [Fact]
    public void Similarity_is_the_cosine_whatever_the_length_of_the_probe()
    {
        var search = new ExactSearch(new GallerySnapshot("m", 1, 2, People[..1], [0, 1], Unit(0.5f)));
        var best = new Match[1];
        foreach (var length in new[] { 0.001f, 1, 1000 })
        {
            search.Search([length, 0], best);
            Assert.Equal(0.5, best[0].Similarity, 1e-6);
            search.Search([-length, 0], best);
            Assert.Equal(-0.5, best[0].Similarity, 1e-6);
        }
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(0, float.PositiveInfinity)]
    [InlineData(0, 0)]
    public void A_probe_without_direction_is_refused(float x, float y)
    {
        var search = new ExactSearch(new GallerySnapshot("m", 1, 2, People[..1], [0, 1], [1, 0]));
        Assert.Throws<ArgumentException>(() => search.Search([x, y], new Match[1]));
    }

    [Fact]
    public void A_probe_of_another_dimension_is_refused()
    {
        var search = new ExactSearch(new GallerySnapshot("m", 1, 2, People[..1], [0, 1], [1, 0]));
        Assert.Throws<ArgumentException>(() => search.Search([1, 0, 0], new Match[1]));
        Assert.Throws<ArgumentException>(() => search.Search([1], new Match[1]));
        Assert.Throws<ArgumentException>(() => search.Search([], new Match[1]));
    }

    [Fact]
    public void An_empty_gallery_knows_nobody()
    {
        using var gallery = new GalleryFixture();
        gallery.Store.AddPerson("Without a face");
        var search = new ExactSearch(gallery.Store.Snapshot(GalleryFixture.Model));
        Assert.Equal((0, 0), (search.People, search.Templates));
        Assert.Equal(0, search.Search(GalleryFixture.Vector(1), new Match[3]));
    }

    [Fact]
    public void Searching_allocates_nothing()
    {
        var values = Enumerable.Range(0, 40).SelectMany(i => Embedding.Normalize("m", GalleryFixture.Vector(i, 512)).Values.ToArray()).ToArray();
        var search = new ExactSearch(new GallerySnapshot("m", 1, 512, People, [.. Enumerable.Range(0, 41)], values));
        var probe = GalleryFixture.Vector(3, 512);
        var best = new Match[3];
        search.Search(probe, best);
        Assert.Equal(0, Allocations.Least(() => search.Search(probe, best), times: 200));
        Assert.Equal(People[3], best[0].Person);
    }

    private static float[] Unit(float x) => [x, MathF.Sqrt(1 - x * x)];

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetSingle())];
}
