using System.Numerics.Tensors;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>A way to search.</summary>
/// <param name="Step">Its number.</param>
/// <param name="Name">For people.</param>
/// <param name="BytesPerTemplate">Read of every template.</param>
/// <param name="Search">The row of the first match.</param>
internal sealed record SearchBenchRung(int Step, string Name, double BytesPerTemplate, Func<float[], int> Search);

/// <summary>All ways to search one data set, and what they need.</summary>
internal sealed unsafe class SearchBenchLadder : IDisposable
{
    public const int Int8Step = 9;
    private const int Reduced = 256;
    private const int CodeBits = 128;

    private readonly SearchBenchData _data;
    private readonly SearchBenchPlan _plan;
    private readonly TemplateSearch _search;
    private readonly TemplateMatch[] _best = new TemplateMatch[1];
    private readonly AlignedMemory _scores;

    public SearchBenchLadder(SearchBenchData data, SearchBenchPlan plan, Action<string> progress)
    {
        (_data, _plan) = (data, plan);
        Pool = new ScanPool(plan.Threads);
        _search = new TemplateSearch(Pool);
        _scores = new AlignedMemory((long)data.Count * sizeof(float));
        progress("learning the principal directions, making the index");
        var full = BuildIndex();
        var floatBytes = plan.Dimension * sizeof(float);
        Add(1, "scalar double, three sums, one thread", floatBytes, probe => SearchBenchScan.Best(_data, probe, SearchBenchScan.ScalarDouble));
        Add(2, "scalar float", floatBytes, probe => SearchBenchScan.Best(_data, probe, SearchBenchScan.ScalarFloat));
        Add(3, "SIMD float", floatBytes, probe => SearchBenchScan.Best(_data, probe, SearchBenchScan.VectorFloat));
        Add(4, "normalised: no norms at query time", floatBytes, probe => SearchBenchScan.Best(_data, probe, FloatKernel.Dot));
        Add(5, "all cores", floatBytes, probe => First(full, SearchMode.Float32, probe));
        AddReduced(progress);
        AddBlas(floatBytes);
        Add(Int8Step, "int8, best 32 in float", plan.Dimension + sizeof(float), probe => First(full, SearchMode.Int8, probe));
        Add(10, "two-stage: sign bits, int8, float", plan.Dimension / 8.0, probe => First(full, SearchMode.Signs, probe));
        Add(11, $"two-stage: codes of {full.Book!.Bits} bits first, short lists", full.Book.Planes, probe => First(full, SearchPlan.Quick, probe));
        Add(12, "two-stage: the same with the product's lists", full.Book.Planes, probe => First(full, SearchPlan.Of(SearchMode.Cascade), probe));
    }

    public ScanPool Pool { get; }

    public List<SearchBenchRung> Rungs { get; } = [];

    /// <summary>What was left out, and why.</summary>
    public List<string> Skipped { get; } = [];

    public void Dispose() => Pool.Dispose();

    private void Add(int step, string name, double bytes, Func<float[], int> search) => Rungs.Add(new SearchBenchRung(step, name, bytes, search));

    private int First(TemplateSet set, SearchMode mode, ReadOnlySpan<float> probe) => First(set, SearchPlan.Of(mode), probe);

    private int First(TemplateSet set, SearchPlan plan, ReadOnlySpan<float> probe)
        => _search.Search(set, plan, probe, _best) == 1 ? _best[0].Owner : -1;

    private TemplateSet BuildIndex()
    {
        var book = CodeBook.Learn(Sample(), _plan.Dimension, Math.Min(CodeBits, _plan.Dimension));
        var index = new TemplateIndex(
            _plan.Dimension, TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes, book);
        Fill(index, _data.Row);
        return index.Current;
    }

    private float[] Sample()
    {
        var count = Math.Min(_data.Count, CodeBook.MaxSample);
        var sample = new float[count * _plan.Dimension];
        for (var i = 0; i < count; i++)
            _data.Row((int)((long)i * _data.Count / count)).CopyTo(sample.AsSpan(i * _plan.Dimension));
        return sample;
    }

    private delegate Span<float> RowOf(int row);

    private void Fill(TemplateIndex index, RowOf row)
    {
        var dimension = index.Current.Dimension;
        var (owners, vectors) = (new int[TemplateBlock.MaxRows], new float[TemplateBlock.MaxRows * dimension]);
        for (var first = 0; first < _data.Count; first += owners.Length)
        {
            var count = Math.Min(owners.Length, _data.Count - first);
            for (var i = 0; i < count; i++)
            {
                owners[i] = first + i;
                row(first + i).CopyTo(vectors.AsSpan(i * dimension));
            }

            index.Add(owners.AsSpan(0, count), vectors.AsSpan(0, count * dimension));
        }
    }

    private void AddReduced(Action<string> progress)
    {
        if (_plan.Dimension <= Reduced)
        {
            Skipped.Add($"{Reduced} dimensions, and 16-bit on them: the templates have {_plan.Dimension} already");
            return;
        }

        progress($"projecting on {Reduced} dimensions");
        var projection = Projection.Learn(Sample(), _plan.Dimension, Reduced);
        var memory = new AlignedMemory((long)_data.Count * Reduced * sizeof(float));
        Span<float> RowAt(int row) => new((float*)memory.Pointer + (long)row * Reduced, Reduced);
        Parallel.For(0, _data.Count, new ParallelOptions { MaxDegreeOfParallelism = _plan.Threads }, row => Project(projection, _data.Row(row), RowAt(row)));
        var index = new TemplateIndex(Reduced, TemplateStorage.Float32);
        Fill(index, RowAt);
        GC.KeepAlive(memory);
        var (set, shorts, small) = (index.Current, new SearchBenchInt16(index.Current, _plan.Threads), new float[Reduced]);
        Add(6, "256 dimensions by PCA", Reduced * sizeof(float), probe => First(set, SearchMode.Float32, Project(projection, probe, small)));
        Add(8, "16-bit, 256 dimensions", Reduced * sizeof(short), probe => shorts.Best(Pool, Project(projection, probe, small)));
    }

    private static Span<float> Project(Projection projection, ReadOnlySpan<float> vector, Span<float> small)
    {
        projection.Apply(vector, small);
        TensorPrimitives.Divide(small, TensorPrimitives.Norm(small), small);
        return small;
    }

    private void AddBlas(int floatBytes)
    {
        if (SearchBenchBlas.TryLoad(_plan.Threads) is not { } blas)
        {
            Skipped.Add("OpenBLAS sgemv: libopenblas.so.0 is not installed (apt-get install libopenblas0-pthread)");
            return;
        }

        Add(7, $"OpenBLAS sgemv ({blas.Core})", floatBytes, probe =>
        {
            var scores = (float*)_scores.Pointer;
            fixed (float* p = probe)
                blas.Multiply(_data.Rows, _data.Count, _data.Dimension, p, scores);
            return TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(scores, _data.Count));
        });
        Rungs.Sort((a, b) => a.Step.CompareTo(b.Step));
    }
}
