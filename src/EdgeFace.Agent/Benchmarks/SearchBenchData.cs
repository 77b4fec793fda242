using System.Numerics.Tensors;
using EdgeFace.Core;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>Gallery, probes and probes of strangers of one run: unit vectors, one after the other.</summary>
internal sealed unsafe class SearchBenchData
{
    /// <summary>Real vectors that each distractor is mixed of.</summary>
    private const int Mixed = 64;

    private readonly AlignedMemory _memory;

    private SearchBenchData(SearchBenchPlan plan, string description)
    {
        (Count, Dimension, Description) = (plan.Count, plan.Dimension, description);
        _memory = new AlignedMemory((long)plan.Count * plan.Dimension * sizeof(float));
        Probes = [];
        Strangers = [];
    }

    public int Count { get; }

    public int Dimension { get; }

    public string Description { get; }

    public float[][] Probes { get; private set; }

    /// <summary>People who are not in the gallery.</summary>
    public float[][] Strangers { get; private set; }

    public float* Rows => (float*)_memory.Pointer;

    public Span<float> Row(int i) => new(Rows + (long)i * Dimension, Dimension);

    public static SearchBenchData Make(SearchBenchPlan plan) => plan.Vectors is { } file ? Real(plan, file) : Synthetic(plan);

    private static SearchBenchData Synthetic(SearchBenchPlan plan)
    {
        var data = new SearchBenchData(plan, plan.Uniform ? "uniform directions" : SearchBenchModel.Description);
        var model = new SearchBenchModel(plan.Dimension, plan.Uniform);
        var people = new int[plan.Count];
        for (var (row, person) = (0, 0); row < people.Length; person++)
        {
            for (var left = 1 + person * 7 % 9; left > 0 && row < people.Length; left--)
                people[row++] = person;
        }

        Parallel.For(0, plan.Count, new ParallelOptions { MaxDegreeOfParallelism = plan.Threads }, row => model.Make(people[row], row % 16, data.Row(row)));
        // Where directions have no structure, a probe is a template with noise of its own length.
        data.Probes = Vectors(plan, i => plan.Uniform ? Noisy(data.Row(Spread(i, plan))) : Picture(model, people[Spread(i, plan)], 100 + i % 100, plan.Dimension));
        data.Strangers = Vectors(plan, i => Picture(model, plan.Count + i, 0, plan.Dimension));
        return data;
    }

    private static int Spread(int i, SearchBenchPlan plan) => (int)((long)i * plan.Count / plan.Probes);

    private static float[][] Vectors(SearchBenchPlan plan, Func<int, float[]> make) => [.. Enumerable.Range(0, plan.Probes).Select(make)];

    private static float[] Picture(SearchBenchModel model, int person, int picture, int dimension)
    {
        var vector = new float[dimension];
        model.Make(person, picture, vector);
        return vector;
    }

    private static float[] Noisy(ReadOnlySpan<float> row)
    {
        var random = new SearchBenchRandom((ulong)BitConverter.SingleToInt32Bits(row[0]));
        var vector = new float[row.Length];
        for (var i = 0; i < vector.Length; i++)
            vector[i] = row[i] + random.Normal() / MathF.Sqrt(row.Length);
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        return vector;
    }

    private static SearchBenchData Real(SearchBenchPlan plan, string file)
    {
        var (values, dimension) = SearchBenchNpy.Read(file);
        if (dimension != plan.Dimension)
            throw new InputException($"{file}: vectors of {dimension} values; say --dim {dimension}.");
        var all = values.Length / dimension;
        var rows = Enumerable.Range(0, all).Where(i => i % 5 != 0).Take(plan.Count).ToArray();
        if (rows.Length == 0)
            throw new InputException($"{file}: too few vectors; at least five are needed.");
        var data = new SearchBenchData(plan, $"{rows.Length} vectors of {Path.GetFileName(file)}, padded with mixtures of {Mixed} of them each");
        Parallel.For(0, plan.Count, new ParallelOptions { MaxDegreeOfParallelism = plan.Threads }, row =>
        {
            var target = data.Row(row);
            if (row < rows.Length)
                values.AsSpan(rows[row] * dimension, dimension).CopyTo(target);
            else
                Mix(values, rows, dimension, (ulong)row, target);
            TensorPrimitives.Divide(target, TensorPrimitives.Norm(target), target);
        });
        data.Probes = [.. Enumerable.Range(0, all).Where(i => i % 5 == 0).Take(plan.Probes).Select(i => values.AsSpan(i * dimension, dimension).ToArray())];
        return data;
    }

    /// <summary>Random weights on random real vectors: distractors that vary as the real ones do.</summary>
    private static void Mix(float[] values, int[] rows, int dimension, ulong seed, Span<float> target)
    {
        var random = new SearchBenchRandom(seed);
        target.Clear();
        for (var i = 0; i < Mixed; i++)
        {
            var row = rows[(int)(random.Next() % (ulong)rows.Length)];
            TensorPrimitives.MultiplyAdd(values.AsSpan(row * dimension, dimension), random.Normal(), target, target);
        }
    }
}
