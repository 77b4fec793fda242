using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Scores of every template of a set, group by group. In float32 they are final, and each worker keeps its best owners, where one
/// template is enough; otherwise its best rows.
/// </summary>
internal sealed unsafe class FullScan(Query query, bool bytes) : ScanJob
{
    protected override void Run(int chunk, int worker)
    {
        var live = query.Set.Blocks[chunk];
        var (block, dimension, best) = (live.Block, query.Set.Dimension, query.Best[worker]);
        var scores = stackalloc float[CodeKernel.Group];
        var scratch = stackalloc sbyte[block.IsSealed ? dimension : 1];
        for (var group = 0; group < live.Groups; group++)
        {
            var first = group * CodeKernel.Group;
            if (bytes && block.IsSealed)
            {
                for (var i = 0; i < CodeKernel.Group; i++)
                    scores[i] = first + i < live.Count ? Int8Kernel.Dot(query.Probe.Bytes, query.Probe.ByteSum, block.Row(first + i, scratch), dimension) * block.Scales[first + i] : 0;
            }
            else if (bytes)
            {
                Int8Kernel.Scores(
                    query.Probe.Bytes, query.Probe.ByteSum, block.Bytes + (long)first * dimension, block.Scales + first, CodeKernel.Group, dimension, scores);
            }
            else
            {
                FloatKernel.Scores(query.Probe.Floats, block.Floats + (long)first * dimension, CodeKernel.Group, dimension, scores);
            }

            Offer(best, live.Alive[group], bytes || query.Nearest > 1 ? null : block.Owners.AsSpan(first), chunk * TemplateBlock.MaxRows + first, scores);
        }

        GC.KeepAlive(block);
    }

    private static void Offer(TopPeople best, ulong alive, ReadOnlySpan<int> owners, int firstId, float* scores)
    {
        for (; alive != 0; alive &= alive - 1)
        {
            var i = BitOperations.TrailingZeroCount(alive);
            if (scores[i] >= best.Least)
                best.Offer(owners.IsEmpty ? firstId + i : owners[i], scores[i]);
        }
    }
}

/// <summary>First look by short codes: whoever reaches the bound is compared by sign bits at once.</summary>
internal sealed unsafe class CodeScan(Query query) : ScanJob
{
    protected override void Run(int chunk, int worker)
    {
        var live = query.Set.Blocks[chunk];
        var (block, planes, words, list) = (live.Block, query.Set.Book!.Planes, query.Probe.Words, query.Lists[worker]);
        var (from, least) = (list.Count, query.LeastCode);
        for (var group = 0; group < live.Groups; group++)
        {
            var wanted = CodeKernel.Scores(query.Probe.Tables, block.Codes + group * planes * CodeKernel.Group, planes, least, null) & live.Alive[group];
            for (; wanted != 0; wanted &= wanted - 1)
            {
                var row = group * CodeKernel.Group + BitOperations.TrailingZeroCount(wanted);
                if (Sse.IsSupported)
                    Sse.Prefetch0(block.Signs + (long)row * words);
                list.Add(chunk * TemplateBlock.MaxRows + row, 0);
            }
        }

        for (var i = from; i < list.Count; i++)
        {
            var row = list.Ids[i] % TemplateBlock.MaxRows;
            list.Distances[i] = SignKernel.Distance(query.Probe.Signs, block.Signs + (long)row * words, words);
        }

        GC.KeepAlive(block);
    }
}

/// <summary>First look by all sign bits.</summary>
internal sealed unsafe class SignScan(Query query) : ScanJob
{
    protected override void Run(int chunk, int worker)
    {
        var live = query.Set.Blocks[chunk];
        var (block, words, list, most) = (live.Block, query.Probe.Words, query.Lists[worker], query.MostDistance);
        var distances = stackalloc ushort[CodeKernel.Group];
        for (var group = 0; group < live.Groups; group++)
        {
            var first = group * CodeKernel.Group;
            SignKernel.Distances(query.Probe.Signs, block.Signs + (long)first * words, CodeKernel.Group, words, distances);
            for (var wanted = SignKernel.Within(distances, most) & live.Alive[group]; wanted != 0; wanted &= wanted - 1)
            {
                var i = BitOperations.TrailingZeroCount(wanted);
                list.Add(chunk * TemplateBlock.MaxRows + first + i, distances[i]);
            }
        }

        GC.KeepAlive(block);
    }
}

/// <summary>The short list by int8. The rows lie anywhere: the next ones are fetched ahead.</summary>
internal sealed unsafe class Rerank(Query query) : ScanJob
{
    public const int Chunk = 32;
    private const int Ahead = 6;

    protected override void Run(int chunk, int worker)
    {
        var (list, dimension, probe) = (query.Short, query.Set.Dimension, query.Probe);
        var end = Math.Min(list.Count, (chunk + 1) * Chunk);
        var scratch = stackalloc sbyte[dimension];
        for (var i = chunk * Chunk; i < end; i++)
        {
            if (Sse.IsSupported && i + Ahead < end)
                Fetch(list.Ids[i + Ahead], dimension);
            var (block, row) = query.Set.At(list.Ids[i]);
            query.Best[worker].Offer(
                list.Ids[i], Int8Kernel.Dot(probe.Bytes, probe.ByteSum, block.Row(row, scratch), dimension) * block.Scales[row]);
            GC.KeepAlive(block);
        }
    }

    private void Fetch(int id, int dimension)
    {
        var (block, row) = query.Set.At(id);
        for (var at = 0; at < dimension && !block.IsSealed; at += 64)
            Sse.Prefetch0(block.Bytes + (long)row * dimension + at);
        GC.KeepAlive(block);
    }
}
