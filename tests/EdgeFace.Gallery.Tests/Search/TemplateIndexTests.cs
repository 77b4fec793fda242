using System.Globalization;
using System.Text.Json;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

public sealed class TemplateIndexTests
{
    private const TemplateStorage Plain = TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs;

    /// <summary>Golden data: tests/golden/gallery/generate_index.py, brute force in numpy float64.</summary>
    [Theory]
    [InlineData("Float32")]
    [InlineData("Int8")]
    [InlineData("Signs")]
    [InlineData("Cascade")]
    public void Answers_are_those_of_brute_force_before_and_after_changes(string mode)
    {
        using var pool = new ScanPool(2);
        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.Golden("gallery/index.json")));
        var root = golden.RootElement;
        var dimension = root.GetProperty("dimension").GetInt32();
        var people = root.GetProperty("people").EnumerateArray().Select(Vectors).ToArray();
        var book = CodeBook.Learn([.. people.SelectMany(values => values)], dimension, dimension);
        var index = new TemplateIndex(dimension, Plain | TemplateStorage.Codes, book);
        for (var owner = 0; owner < people.Length; owner++)
            index.Add([.. Enumerable.Repeat(owner, people[owner].Length / dimension)], people[owner]);

        Check(index.Current, root, "answers", mode, pool);
        var gone = root.GetProperty("gone").EnumerateArray().Select(owner => owner.GetInt32()).ToArray();
        Assert.Equal(gone.Sum(owner => people[owner].Length / dimension), index.Remove([.. gone, 12345]));
        foreach (var replaced in root.GetProperty("replaced").EnumerateObject())
            index.Replace(int.Parse(replaced.Name, CultureInfo.InvariantCulture), Vectors(replaced.Value));
        Check(index.Current, root, "answers_after", mode, pool);
    }

    [Fact]
    public void Removal_beyond_a_quarter_of_a_block_writes_it_anew_and_finds_everybody_else()
    {
        using var pool = new ScanPool(2);
        var index = new TemplateIndex(Faces.Dimension, Plain);
        var all = Enumerable.Range(0, 6000).Select(i => (Owner: i / 2, Vector: Faces.Of(i / 2, i % 2))).ToList();
        index.Add([.. all.Select(template => template.Owner)], Faces.Rows(all.Select(template => template.Vector)));
        var before = index.Current;
        var first = before.Blocks[0].Block;
        for (var owner = 0; owner < 2000; owner += 3)
        {
            Assert.Equal(2, index.Remove([owner]));
            all.RemoveAll(template => template.Owner == owner);
        }

        Assert.NotSame(first, index.Current.Blocks[0].Block);
        Assert.True(index.Current.Blocks[0].Count < before.Blocks[0].Count);
        Assert.Equal((6000, all.Count), (before.Templates, index.Current.Templates));
        var search = new TemplateSearch(pool);
        var best = new TemplateMatch[1];
        for (var owner = 0; owner < 3000; owner += 7)
        {
            var probe = Faces.Of(owner, 2);
            var (expected, similarity) = Faces.BruteForce(all, probe);
            foreach (var mode in new[] { SearchMode.Float32, SearchMode.Int8, SearchMode.Signs })
            {
                Assert.Equal(1, search.Search(index.Current, SearchPlan.Of(mode), probe, best));
                Assert.Equal(expected, best[0].Owner);
                Assert.Equal(similarity, best[0].Similarity, 1e-5);
            }
        }

        // What has moved can be removed as well, and is then gone.
        Assert.Equal(2, index.Remove([1]));
        search.Search(index.Current, SearchPlan.Of(SearchMode.Float32), Faces.Of(1, 0), best);
        Assert.NotEqual(1, best[0].Owner);
        search.Search(before, SearchPlan.Of(SearchMode.Float32), Faces.Of(1, 0), best);
        Assert.Equal(1, best[0].Owner);
    }

    [Fact]
    public void Adding_one_by_one_is_adding_all_at_once()
    {
        using var pool = new ScanPool(1);
        var vectors = Enumerable.Range(0, 300).Select(i => Faces.Of(i, 0)).ToArray();
        var (single, whole) = (new TemplateIndex(Faces.Dimension, Plain), new TemplateIndex(Faces.Dimension, Plain));
        for (var i = 0; i < vectors.Length; i++)
            single.Add([i], vectors[i]);
        whole.Add([.. Enumerable.Range(0, vectors.Length)], Faces.Rows(vectors));
        var search = new TemplateSearch(pool);
        var (a, b) = (new TemplateMatch[10], new TemplateMatch[10]);
        for (var i = 0; i < 50; i++)
        {
            foreach (var mode in new[] { SearchMode.Float32, SearchMode.Int8, SearchMode.Signs })
            {
                search.Search(single.Current, SearchPlan.Of(mode), Faces.Of(i, 1), a);
                search.Search(whole.Current, SearchPlan.Of(mode), Faces.Of(i, 1), b);
                Assert.Equal(b, a);
            }
        }
    }

    [Fact]
    public void Room_that_has_become_free_is_used_again()
    {
        const int Batch = 1000;
        var index = new TemplateIndex(16, TemplateStorage.Float32);
        var vectors = new float[Batch * 16];
        vectors.AsSpan().Fill(0.25f);
        for (var first = 0; first < 100 * Batch; first += Batch)
        {
            index.Add([.. Enumerable.Range(first, Batch)], vectors);
            if (first >= 4 * Batch)
                Assert.Equal(Batch, index.Remove([.. Enumerable.Range(first - 4 * Batch, Batch)]));
        }

        Assert.Equal(4 * Batch, index.Current.Templates);
        Assert.InRange(index.Current.Blocks.Length, 1, 4);
        Assert.Equal(4 * Batch, index.Remove([.. Enumerable.Range(96 * Batch, 4 * Batch)]));
        Assert.Equal(0, index.Current.Templates);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(500)]
    public void A_dimension_that_is_no_multiple_of_16_is_refused(int dimension)
        => Assert.Throws<ArgumentException>(() => new TemplateIndex(dimension, TemplateStorage.Float32));

    [Fact]
    public void Vectors_that_do_not_fit_their_owners_are_refused_and_nothing_changes()
    {
        var index = new TemplateIndex(16, TemplateStorage.Float32);
        Assert.Throws<ArgumentException>(() => index.Add([1, 2], new float[16]));
        Assert.Throws<ArgumentException>(() => index.Replace(1, new float[17]));
        Assert.Equal(0, index.Current.Templates);
    }

    private static float[] Vectors(JsonElement person)
        => [.. person.EnumerateArray().SelectMany(vector => vector.EnumerateArray().Select(value => value.GetSingle()))];

    private static void Check(TemplateSet set, JsonElement root, string answers, string mode, ScanPool pool)
    {
        var search = new TemplateSearch(pool);
        var best = new TemplateMatch[4];
        var probes = root.GetProperty("probes").EnumerateArray().Select(probe => probe.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        Assert.Equal(12, probes.Length);
        for (var i = 0; i < probes.Length; i++)
        {
            Assert.Equal(4, search.Search(set, SearchPlan.Of(Enum.Parse<SearchMode>(mode)), probes[i], best));
            for (var rank = 0; rank < best.Length; rank++)
            {
                var expected = root.GetProperty(answers)[i][rank];
                Assert.Equal(expected.GetProperty("owner").GetInt32(), best[rank].Owner);
                Assert.Equal(expected.GetProperty("similarity").GetDouble(), best[rank].Similarity, 5e-6);
            }
        }
    }
}
