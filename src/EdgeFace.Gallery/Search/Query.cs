namespace EdgeFace.Gallery;

/// <summary>One search at a time: its probe, jobs and lists, used again for the next one.</summary>
internal sealed unsafe class Query
{
    private const int SampledGroups = 128;

    private readonly ScanPool _pool;
    private readonly FullScan _floats;
    private readonly FullScan _bytes;
    private readonly CodeScan _codes;
    private readonly SignScan _signs;
    private readonly Rerank _rerank;
    private readonly TopPeople _people = new();
    private readonly OwnerScore _owner = new();
    private int[] _histogram = new int[256];

    public Query(ScanPool pool)
    {
        _pool = pool;
        Best = [.. Enumerable.Range(0, pool.Threads).Select(_ => new TopPeople())];
        Lists = [.. Enumerable.Range(0, pool.Threads).Select(_ => new CandidateList())];
        (_floats, _bytes) = (new FullScan(this, bytes: false), new FullScan(this, bytes: true));
        (_codes, _signs, _rerank) = (new CodeScan(this), new SignScan(this), new Rerank(this));
    }

    public TemplateSet Set { get; private set; } = null!;

    public QueryProbe Probe { get; } = new();

    /// <summary>Templates of a person that are averaged.</summary>
    public int Nearest { get; private set; }

    /// <summary>Of each worker: rows, or owners, by score.</summary>
    public TopPeople[] Best { get; }

    /// <summary>Of each worker.</summary>
    public CandidateList[] Lists { get; }

    public CandidateList Short { get; } = new();

    public byte LeastCode { get; private set; }

    public int MostDistance { get; private set; }

    /// <returns>Matches written.</returns>
    public int Run(TemplateSet set, SearchPlan plan, ReadOnlySpan<float> probe, Span<TemplateMatch> best, int nearest)
    {
        (Set, Nearest) = (set, nearest);
        Probe.Prepare(set, probe);
        if (set.Templates == 0 || best.IsEmpty)
            return 0;
        Collect(plan, best.Length, plan.Mode);
        // A short list that holds too few people: everybody is compared after all.
        if (_people.Count < best.Length && plan.Mode is (SearchMode.Signs or SearchMode.Cascade) && Short.Count < set.Templates)
            Collect(plan, best.Length, SearchMode.Int8);
        var count = Math.Min(_people.Count, best.Length);
        for (var rank = 0; rank < count; rank++)
            best[rank] = new TemplateMatch(_people[rank].Owner, Math.Clamp(_people[rank].Score, -1, 1));
        Set = null!;
        return count;
    }

    private void Collect(SearchPlan plan, int wanted, SearchMode mode)
    {
        _people.Clear(wanted);
        // Whose mean is the best need not have the best template.
        var winners = Math.Max(plan.Winners, 8 * wanted) * Nearest;
        foreach (var top in Best)
            top.Clear(winners);
        if (mode is SearchMode.Signs or SearchMode.Cascade)
            ShortList(plan, winners);
        else
            _pool.Run(mode == SearchMode.Int8 ? _bytes : _floats, Set.Blocks.Length);
        Decide(mode == SearchMode.Float32 && Nearest == 1);
    }

    private void ShortList(SearchPlan plan, int winners)
    {
        foreach (var list in Lists)
            list.Clear();
        if (plan.Mode == SearchMode.Cascade)
        {
            LeastCode = CodeBound(Math.Max(plan.FirstShare, (double)plan.ShortList / Set.Templates));
            _pool.Run(_codes, Set.Blocks.Length);
        }
        else
        {
            MostDistance = DistanceBound((double)plan.ShortList / Set.Templates);
            _pool.Run(_signs, Set.Blocks.Length);
        }

        Select(Math.Max(plan.ShortList, winners));
        _pool.Run(_rerank, (Short.Count + Rerank.Chunk - 1) / Rerank.Chunk);
    }

    /// <summary>The nearest of all lists, with all that are as near as the last of them: whatever order the workers found them in.</summary>
    private void Select(int wanted)
    {
        var histogram = Histogram(Set.Dimension + 1);
        foreach (var list in Lists)
        {
            for (var i = 0; i < list.Count; i++)
                histogram[list.Distances[i]]++;
        }

        var most = 0;
        for (var sum = histogram[0]; sum < wanted && most < Set.Dimension; sum += histogram[most])
            most++;
        Short.Clear();
        foreach (var list in Lists)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list.Distances[i] <= most)
                    Short.Add(list.Ids[i], list.Distances[i]);
            }
        }
    }

    /// <summary>The code score that about this share of the templates reaches, judged by groups spread over all.</summary>
    private byte CodeBound(double share)
    {
        var histogram = Histogram(256);
        var scores = stackalloc byte[CodeKernel.Group];
        var sampled = 0;
        foreach (var (block, group, alive) in new SampledGroupsOf(Set, SampledGroups))
        {
            var planes = Set.Book!.Planes;
            CodeKernel.Scores(Probe.Tables, block.Codes + group * planes * CodeKernel.Group, planes, 255, scores);
            sampled += Count(histogram, alive, scores);
        }

        var (least, reached, wanted) = (255, histogram[255], Math.Max(1, share * sampled));
        while (least > 0 && reached < wanted)
            reached += histogram[--least];
        return (byte)least;
    }

    private int DistanceBound(double share)
    {
        var histogram = Histogram(Set.Dimension + 1);
        var distances = stackalloc ushort[CodeKernel.Group];
        var sampled = 0;
        foreach (var (block, group, alive) in new SampledGroupsOf(Set, SampledGroups))
        {
            SignKernel.Distances(Probe.Signs, block.Signs + (long)group * CodeKernel.Group * Probe.Words, CodeKernel.Group, Probe.Words, distances);
            for (var i = 0; i < CodeKernel.Group; i++)
            {
                histogram[distances[i]] += (int)(alive >> i & 1);
                sampled += (int)(alive >> i & 1);
            }
        }

        var (most, reached, wanted) = (0, histogram[0], Math.Max(1, share * sampled));
        while (most < Set.Dimension && reached < wanted)
            reached += histogram[++most];
        return most;
    }

    private static int Count(Span<int> histogram, ulong alive, byte* scores)
    {
        for (var rest = alive; rest != 0; rest &= rest - 1)
            histogram[scores[System.Numerics.BitOperations.TrailingZeroCount(rest)]]++;
        return System.Numerics.BitOperations.PopCount(alive);
    }

    private Span<int> Histogram(int bins)
    {
        if (_histogram.Length < bins)
            _histogram = new int[bins];
        var histogram = _histogram.AsSpan(0, bins);
        histogram.Clear();
        return histogram;
    }

    /// <summary>The best of all workers by owner; rows are first scored as exactly as they are kept.</summary>
    /// <param name="scored">They are owners with their final scores already.</param>
    private void Decide(bool scored)
    {
        var best = Best[0];
        for (var worker = 1; worker < Best.Length; worker++)
            best.Merge(Best[worker]);
        for (var rank = 0; rank < best.Count; rank++)
        {
            var (id, score) = best[rank];
            if (scored)
                _people.Offer(id, score);
            else if (Nearest == 1)
                Offer(id);
            else
                _owner.Score(this, id, _people);
        }

        _owner.Forget();
    }

    private void Offer(int id)
    {
        var (block, row) = Set.At(id);
        _people.Offer(block.Owners[row], block.Similarity(Probe.Floats, row, Probe.Scratch));
        GC.KeepAlive(block);
    }
}
