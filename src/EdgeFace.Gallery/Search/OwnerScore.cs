namespace EdgeFace.Gallery;

/// <summary>
/// The similarity of an owner from all their rows, found from one of them: a writer who changes an owner writes all their templates in
/// one go (<see cref="GalleryIndex.Apply"/>), so they lie side by side, in a block that was full at the end of it and at the beginning of another.
/// </summary>
internal sealed unsafe class OwnerScore
{
    private readonly HashSet<int> _done = [];
    private readonly int[] _rows = new int[IGallerySearch.MostNearest];
    private readonly float[] _scores = new float[IGallerySearch.MostNearest];

    /// <summary>Offers the owner of a row, once.</summary>
    public void Score(Query query, int id, TopPeople people)
    {
        var (block, row) = query.Set.At(id);
        var owner = block.Owners[row];
        if (!_done.Add(owner))
            return;
        var nearest = new NearestTemplates(_rows.AsSpan(0, query.Nearest), _scores.AsSpan(0, query.Nearest));
        Gather(query, id / TemplateBlock.MaxRows, row, owner, ref nearest);
        people.Offer(owner, nearest.Count == 1 ? nearest.Best : nearest.Similarity(SquaredLength(query, nearest)));
    }

    /// <summary>Before the next probe.</summary>
    public void Forget() => _done.Clear();

    private static void Gather(Query query, int number, int row, int owner, ref NearestTemplates nearest)
    {
        var blocks = query.Set.Blocks;
        var (first, last) = Run(query, number, row, owner, ref nearest);
        if (first > 0 && last < blocks[number].Count - 1)
            return;
        for (var other = 0; other < blocks.Length; other++)
        {
            var count = blocks[other].Count;
            if (other == number || count == 0)
                continue;
            var owners = blocks[other].Block.Owners;
            var end = owners[0] == owner ? Run(query, other, 0, owner, ref nearest).Last : -1;
            if (end < count - 1 && owners[count - 1] == owner)
                Run(query, other, count - 1, owner, ref nearest);
        }
    }

    /// <summary>Offers the owner's rows around one of them.</summary>
    private static (int First, int Last) Run(Query query, int number, int row, int owner, ref NearestTemplates nearest)
    {
        var live = query.Set.Blocks[number];
        var (block, first, last) = (live.Block, row, row);
        while (first > 0 && block.Owners[first - 1] == owner)
            first--;
        while (last < live.Count - 1 && block.Owners[last + 1] == owner)
            last++;
        for (var at = first; at <= last; at++)
        {
            if ((live.Alive[at / CodeKernel.Group] >> (at % CodeKernel.Group) & 1) != 0)
                nearest.Offer(number * TemplateBlock.MaxRows + at, block.Similarity(query.Probe.Floats, at, query.Probe.Scratch));
        }

        GC.KeepAlive(block);
        return (first, last);
    }

    /// <summary>Of the sum of the rows, at the lengths that they were rounded to.</summary>
    private static float SquaredLength(Query query, in NearestTemplates nearest)
    {
        var sum = new Span<float>(query.Probe.Sum, query.Set.Dimension);
        sum.Clear();
        for (var rank = 0; rank < nearest.Count; rank++)
        {
            var (block, row) = query.Set.At(nearest[rank]);
            block.AddTo(sum, row, query.Probe.Scratch);
            GC.KeepAlive(block);
        }

        return System.Numerics.Tensors.TensorPrimitives.SumOfSquares((ReadOnlySpan<float>)sum);
    }
}
