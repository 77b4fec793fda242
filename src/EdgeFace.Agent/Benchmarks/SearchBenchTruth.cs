using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// The true first match of each probe in float64. Float32 chooses a few candidates, whose cosines are then computed in double:
/// a candidate can only be missed when more than a few lie within float32's rounding of each other.
/// </summary>
internal static unsafe class SearchBenchTruth
{
    private const int Kept = 4;
    private const int RowsAtOnce = 64;

    /// <returns>For each probe the row of its match, and their cosine.</returns>
    public static (int Row, double Cosine)[] Find(SearchBenchData data, float[][] probes, int threads)
    {
        var lists = probes.Select(_ => new TopPeople()).ToArray();
        foreach (var list in lists)
            list.Clear(Kept);
        // Each thread has probes of its own; rows go by in portions that stay in the cache.
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            var scores = stackalloc float[RowsAtOnce];
            for (var first = 0; first < data.Count; first += RowsAtOnce)
            {
                var rows = Math.Min(RowsAtOnce, data.Count - first);
                for (var i = part; i < probes.Length; i += threads)
                {
                    fixed (float* probe = probes[i])
                        FloatKernel.Scores(probe, data.Rows + (long)first * data.Dimension, rows, data.Dimension, scores);
                    for (var row = 0; row < rows; row++)
                    {
                        if (scores[row] >= lists[i].Least)
                            lists[i].Offer(first + row, scores[row]);
                    }
                }
            }
        });
        return [.. probes.Select((probe, i) => Best(data, probe, lists[i]))];
    }

    private static (int Row, double Cosine) Best(SearchBenchData data, float[] probe, TopPeople candidates)
    {
        var (best, most) = (-1, double.NegativeInfinity);
        for (var rank = 0; rank < candidates.Count; rank++)
        {
            double dot = 0, square = 0, own = 0;
            var row = data.Row(candidates[rank].Owner);
            for (var i = 0; i < row.Length; i++)
                (dot, square, own) = (dot + (double)probe[i] * row[i], square + (double)row[i] * row[i], own + (double)probe[i] * probe[i]);
            if (dot / Math.Sqrt(square * own) is var cosine && cosine > most)
                (best, most) = (candidates[rank].Owner, cosine);
        }

        return (best, most);
    }
}
