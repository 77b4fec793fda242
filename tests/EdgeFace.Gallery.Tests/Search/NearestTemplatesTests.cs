using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

/// <summary>People with several templates: a face is compared with the mean of those nearest to it.</summary>
public sealed class NearestTemplatesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void The_similarity_is_the_cosine_with_the_mean_of_the_nearest(int nearest)
    {
        var people = Enumerable.Range(0, 30).Select(person => Change(person, 1 + person % 6)).ToList();
        var search = Exact(people);
        var best = new Match[people.Count];
        for (var picture = 0; picture < 20; picture++)
        {
            var probe = Faces.Of(picture * 7 % 30, 100 + picture);
            Assert.Equal(people.Count, search.Search(probe, best, nearest));
            foreach (var match in best)
                Assert.Equal(BruteForce(people.Single(person => person.Person == match.Person), probe, nearest), match.Similarity, 1e-5);
            Assert.Equal(best.OrderByDescending(match => match.Similarity), best);
        }
    }

    [Fact]
    public void One_is_the_best_template_alone_and_another_number_than_1_to_10_is_refused()
    {
        var search = Exact([Change(0, 5)]);
        var (one, none) = (new Match[1], new Match[1]);
        search.Search(Faces.Of(0, 77), one, 1);
        search.Search(Faces.Of(0, 77), none);
        Assert.Equal(none, one);
        foreach (var wrong in new[] { 0, -1, 11 })
            Assert.Throws<ArgumentOutOfRangeException>(() => search.Search(Faces.Of(0, 77), one, wrong));
    }

    [Fact]
    public void Templates_that_point_away_from_one_another_have_no_mean_and_the_nearest_counts()
    {
        float[] vector = [.. Faces.Of(1, 1)];
        var search = Exact([new PersonChange(0, Somebody(0), [.. vector, .. vector.Select(value => -value)])]);
        var best = new Match[1];
        search.Search(vector, best, 2);
        Assert.Equal(1, best[0].Similarity, 1e-5);
    }

    /// <summary>The rows of person 1365 lie at the end of one block and the beginning of the next.</summary>
    [Fact]
    public void A_large_gallery_finds_all_templates_of_a_person_also_over_the_end_of_a_block_after_others_left_and_from_a_snapshot()
    {
        const int Straddling = 1365;
        var people = Enumerable.Range(0, 7000).Select(person => Change(person, 3)).ToList();
        var sample = Faces.Rows(Enumerable.Range(0, 2000).Select(person => Faces.Of(person * 3, 0)));
        var index = new GalleryIndex("m", Faces.Dimension, CodeBook.Learn(sample, Faces.Dimension, GalleryIndex.CodeBits));
        index.Fill(people);
        AssertSame(index, people, Straddling, 0, 17, 6999);

        // More than a quarter of the first block leaves: it is written anew.
        var gone = Enumerable.Range(0, 500).Select(i => people[2 * i]).ToList();
        index.Apply([.. gone.Select(change => new PersonChange(change.Number, null, []))]);
        people.RemoveAll(gone.Contains);
        AssertSame(index, people, Straddling, 17, 6999);

        // Somebody gets more templates, and the last block is the one that the straddling person begins in.
        people[people.FindIndex(change => change.Number == 17)] = Change(17, 5);
        index.Apply([Change(17, 5)]);
        var set = index.At(1);
        var reloaded = GalleryIndex.Of("m", Faces.Dimension, index.Book, [.. set.Set.Blocks[1..].Select(block => block.Compacted()), set.Set.Blocks[0].Compacted()], set.Table);
        AssertSame(reloaded, people, Straddling, 17);
        people.Add(Change(9000, 2));
        reloaded.Apply([people[^1]]);
        AssertSame(reloaded, people, Straddling, 17, 9000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public void Searching_allocates_nothing(int nearest)
    {
        var people = Enumerable.Range(0, 300).Select(person => Change(person, 3)).ToList();
        var index = new GalleryIndex("m", Faces.Dimension, CodeBook.Learn(Faces.Rows(people.Select(person => person.Vectors[..Faces.Dimension])), Faces.Dimension, GalleryIndex.CodeBits));
        index.Fill(people);
        foreach (var search in new IGallerySearch[] { Exact(people), index.At(1) })
        {
            var (probe, best) = (Faces.Of(5, 9), new Match[2]);
            search.Search(probe, best, nearest);
            Assert.Equal(0, Allocations.Least(() => search.Search(probe, best, nearest)));
        }
    }

    [Theory]
    [InlineData(SearchMode.Float32)]
    [InlineData(SearchMode.Int8)]
    public void A_full_scan_answers_likewise(object mode)
    {
        using var pool = new ScanPool(2);
        var people = Enumerable.Range(0, 200).Select(person => Change(person, 1 + person % 4)).ToList();
        var index = new TemplateIndex(Faces.Dimension, TemplateStorage.Float32 | TemplateStorage.Int8);
        foreach (var person in people)
            index.Replace(person.Number, person.Vectors);
        var best = new TemplateMatch[1];
        for (var person = 0; person < 200; person += 9)
        {
            Assert.Equal(1, new TemplateSearch(pool).Search(index.Current, SearchPlan.Of((SearchMode)mode), Faces.Of(person, 50), best, 2));
            var expected = people.MaxBy(other => BruteForce(other, Faces.Of(person, 50), 2))!;
            Assert.Equal(expected.Number, best[0].Owner);
            Assert.Equal(BruteForce(expected, Faces.Of(person, 50), 2), best[0].Similarity, 2e-3);
        }
    }

    private static void AssertSame(GalleryIndex index, List<PersonChange> people, params ReadOnlySpan<int> who)
    {
        var search = index.At(1);
        var best = new Match[1];
        foreach (var person in who)
        {
            var templates = people.Single(change => change.Number == person);
            foreach (var nearest in new[] { 1, 2, 3, 10 })
            {
                var probe = Faces.Of(person, 50);
                Assert.Equal(1, search.Search(probe, best, nearest));
                Assert.Equal((nearest, templates.Person!.Id), (nearest, best[0].Person.Id));
                Assert.Equal(BruteForce(templates, probe, nearest), best[0].Similarity, 2e-3);
            }
        }
    }

    private static double BruteForce(PersonChange person, float[] probe, int nearest)
    {
        var templates = person.Vectors.Chunk(probe.Length).OrderByDescending(template => Cosine(template, probe)).Take(nearest).ToList();
        return Cosine([.. Enumerable.Range(0, probe.Length).Select(i => templates.Average(template => (double)template[i]))], [.. probe]);
    }

    private static double Cosine(float[] a, float[] b) => Cosine([.. a.Select(value => (double)value)], [.. b.Select(value => (double)value)]);

    private static double Cosine(double[] a, double[] b)
        => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(value => value * value) * b.Sum(value => value * value));

    private static ExactSearch Exact(List<PersonChange> people)
    {
        int[] firsts = [.. people.Select((_, i) => people.Take(i).Sum(person => person.Vectors.Length) / Faces.Dimension), people.Sum(person => person.Vectors.Length) / Faces.Dimension];
        return new ExactSearch(new GallerySnapshot("m", 1, Faces.Dimension, [.. people.Select(person => person.Person!)], firsts, [.. people.SelectMany(person => person.Vectors)]));
    }

    private static PersonChange Change(int number, int templates)
        => new(number, Somebody(number), Faces.Rows(Enumerable.Range(0, templates).Select(picture => Faces.Of(number, picture))));

    private static Person Somebody(int number) => new(new Guid(number, 0, 0, new byte[8]), $"P{number}", default);
}
