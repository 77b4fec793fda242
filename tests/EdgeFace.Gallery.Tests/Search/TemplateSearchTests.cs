using EdgeFace.TestKit;
namespace EdgeFace.Gallery.Tests;

public sealed class TemplateSearchTests
{
    private const TemplateStorage All = TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes;
    private static readonly SearchMode[] Modes = [SearchMode.Float32, SearchMode.Int8, SearchMode.Signs, SearchMode.Cascade];

    private static readonly CodeBook Book = CodeBook.Learn(Faces.Rows(Enumerable.Range(0, 2000).Select(i => Faces.Of(-i, 0))), Faces.Dimension, Faces.Dimension);

    [Fact]
    public void Recall_of_every_way_to_search_against_float64()
    {
        const int People = 12_000;
        using var pool = new ScanPool(2);
        var all = Enumerable.Range(0, 2 * People).Select(i => (Owner: i / 2, Vector: Faces.Of(i / 2, i % 2))).ToArray();
        var set = IndexOf(all).Current;
        var search = new TemplateSearch(pool);
        var best = new TemplateMatch[1];
        var right = new int[Modes.Length];
        const int Probes = 300;
        for (var i = 0; i < Probes; i++)
        {
            var probe = Faces.Of(i * 40, 9);
            var (owner, similarity) = Faces.BruteForce(all, probe);
            for (var mode = 0; mode < Modes.Length; mode++)
            {
                search.Search(set, SearchPlan.Of(Modes[mode]), probe, best);
                right[mode] += best[0].Owner == owner ? 1 : 0;
                // Whoever is named has their true cosine, or somebody better was missed.
                Assert.InRange(best[0].Similarity, -1, similarity + 1e-5);
            }
        }

        Assert.Equal([Probes, Probes], right[..2]);
        Assert.All(right[2..], hits => Assert.InRange(hits, 0.99 * Probes, Probes));
    }

    [Fact]
    public void Equal_similarities_come_in_the_order_of_owners_with_any_number_of_threads()
    {
        // Everybody looks the same; one in the middle is more like the probe.
        var face = Faces.Of(1, 0);
        var all = Enumerable.Range(0, 9000).Select(i => (Owner: i, Vector: i == 4500 ? Faces.Of(1, 1, noise: 0.1) : face)).ToArray();
        var set = IndexOf(all).Current;
        var probe = all[4500].Vector;
        int[] expected = [4500, 0, 1, 2, 3, 4];
        foreach (var threads in new[] { 1, 2, 3, 7 })
        {
            using var pool = new ScanPool(threads);
            var search = new TemplateSearch(pool);
            foreach (var mode in Modes)
            {
                var best = new TemplateMatch[6];
                for (var repeat = 0; repeat < 5; repeat++)
                {
                    Assert.Equal(6, search.Search(set, SearchPlan.Of(mode), probe, best));
                    Assert.Equal(expected, best.Select(match => match.Owner));
                }
            }
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        var all = Enumerable.Range(0, 20_000).Select(i => (Owner: i / 3, Vector: Faces.Of(i / 3, i % 3))).ToArray();
        var set = IndexOf(all).Current;
        using var one = new ScanPool(1);
        using var four = new ScanPool(4);
        var (alone, together) = (new TemplateSearch(one), new TemplateSearch(four));
        var (a, b) = (new TemplateMatch[8], new TemplateMatch[8]);
        for (var i = 0; i < 100; i++)
        {
            foreach (var mode in Modes)
            {
                var probe = Faces.Of(60 * i, 5);
                Assert.Equal(8, alone.Search(set, SearchPlan.Of(mode), probe, a));
                Assert.Equal(8, together.Search(set, SearchPlan.Of(mode), probe, b));
                Assert.Equal(a, b);
            }
        }
    }

    [Fact]
    public async Task Queries_run_while_templates_come_and_go()
    {
        using var pool = new ScanPool(2);
        const int Residents = 3000;
        var all = Enumerable.Range(0, Residents).Select(i => (Owner: i, Vector: Faces.Of(i, 0))).ToArray();
        var index = IndexOf(all);
        var search = new TemplateSearch(pool);
        var (done, queries) = (false, 0);
        var readers = Enumerable.Range(0, 3).Select(reader => Task.Factory.StartNew(() =>
        {
            var best = new TemplateMatch[2];
            for (var i = reader; !Volatile.Read(ref done); i++)
            {
                var set = index.Current;
                var owner = i * 31 % Residents;
                Assert.Equal(2, search.Search(set, SearchPlan.Of(Modes[i % Modes.Length]), all[owner].Vector, best));
                // Whoever stays is found at all times, whatever happens around them.
                Assert.Equal(owner, best[0].Owner);
                Assert.Equal(1, best[0].Similarity, 1e-5);
                Interlocked.Increment(ref queries);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var guests = Enumerable.Range(0, 40).Select(i => Faces.Of(Residents + i, 0)).ToArray();
        try
        {
            for (var round = 0; round < 60 || Volatile.Read(ref queries) < 300; round++)
            {
                for (var i = 0; i < guests.Length; i++)
                    index.Add([Residents + round * guests.Length + i], guests[i]);
                index.Replace(Residents + round * guests.Length, guests[^1]);
                Assert.Equal(guests.Length, index.Remove([.. Enumerable.Range(Residents + round * guests.Length, guests.Length)]));
                if (readers.Any(reader => reader.IsFaulted))
                    break;
            }
        }
        finally
        {
            Volatile.Write(ref done, true);
        }

        await Task.WhenAll(readers);
        Assert.Equal(Residents, index.Current.Templates);
        Assert.True(index.Current.Blocks.Length <= 2, "what has left takes no room for good");
    }

    [Fact]
    public void Searching_allocates_nothing()
    {
        using var pool = new ScanPool(1);
        var set = IndexOf([.. Enumerable.Range(0, 5000).Select(i => (i, Faces.Of(i, 0)))]).Current;
        var search = new TemplateSearch(pool);
        var (probe, best) = (Faces.Of(3, 1), new TemplateMatch[3]);
        foreach (var mode in Modes)
        {
            var plan = SearchPlan.Of(mode);
            search.Search(set, plan, probe, best);
            Assert.Equal((mode, 0), (mode, Allocations.Least(() => search.Search(set, plan, probe, best))));
        }
    }

    [Fact]
    public void Bad_probes_are_refused_and_the_next_one_is_answered()
    {
        using var pool = new ScanPool(2);
        var set = IndexOf([.. Enumerable.Range(0, 200).Select(i => (i, Faces.Of(i, 0)))]).Current;
        var search = new TemplateSearch(pool);
        var best = new TemplateMatch[1];
        foreach (var mode in Modes)
        {
            var plan = SearchPlan.Of(mode);
            Assert.Throws<ArgumentException>(() => search.Search(set, plan, new float[Faces.Dimension], best));
            Assert.Throws<ArgumentException>(() => search.Search(set, plan, [float.NaN, .. new float[Faces.Dimension - 1]], best));
            Assert.Throws<ArgumentException>(() => search.Search(set, plan, new float[16], best));
            Assert.Equal(1, search.Search(set, plan, Faces.Of(7, 0), best));
            Assert.Equal(7, best[0].Owner);
            Assert.Equal(0, search.Search(set, plan, Faces.Of(7, 0), []));
        }
    }

    [Fact]
    public void An_empty_set_has_no_match()
    {
        using var pool = new ScanPool(2);
        var set = new TemplateIndex(Faces.Dimension, TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs).Current;
        foreach (var mode in Modes[..3])
            Assert.Equal(0, new TemplateSearch(pool).Search(set, SearchPlan.Of(mode), Faces.Of(1, 1), new TemplateMatch[1]));
    }

    private static TemplateIndex IndexOf((int Owner, float[] Vector)[] all)
    {
        var index = new TemplateIndex(Faces.Dimension, All, Book);
        index.Add([.. all.Select(template => template.Owner)], Faces.Rows(all.Select(template => template.Vector)));
        return index;
    }
}
