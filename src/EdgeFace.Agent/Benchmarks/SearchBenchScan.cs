using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>The steps that the product does not use: one row after the other on one thread, as the ladder begins.</summary>
internal static unsafe class SearchBenchScan
{
    public delegate float Score(float* probe, float* row, int dimension);

    public static int Best(SearchBenchData data, float[] probe, Score score)
    {
        var (best, most) = (0, float.NegativeInfinity);
        fixed (float* p = probe)
        {
            for (var row = 0; row < data.Count; row++)
            {
                var similarity = score(p, data.Rows + (long)row * data.Dimension, data.Dimension);
                if (similarity > most)
                    (best, most) = (row, similarity);
            }
        }

        return best;
    }

    /// <summary>Step 1: three sums in double, one after the other value, both norms every time.</summary>
    public static float ScalarDouble(float* probe, float* row, int dimension)
    {
        double dot = 0, first = 0, second = 0;
        for (var i = 0; i < dimension; i++)
        {
            double a = probe[i], b = row[i];
            dot += a * b;
            first += a * a;
            second += b * b;
        }

        return (float)(dot / (Math.Sqrt(first) * Math.Sqrt(second)));
    }

    public static float ScalarFloat(float* probe, float* row, int dimension)
    {
        float dot = 0, first = 0, second = 0;
        for (var i = 0; i < dimension; i++)
        {
            dot += probe[i] * row[i];
            first += probe[i] * probe[i];
            second += row[i] * row[i];
        }

        return dot / (MathF.Sqrt(first) * MathF.Sqrt(second));
    }

    /// <summary>The same three sums in vectors, by the runtime's own library.</summary>
    public static float VectorFloat(float* probe, float* row, int dimension)
        => TensorPrimitives.CosineSimilarity(new ReadOnlySpan<float>(probe, dimension), new ReadOnlySpan<float>(row, dimension));
}

/// <summary>Rows of 16-bit integers, a scale of 8191 for all: sums of products stay within 32 bits.</summary>
internal sealed unsafe class SearchBenchInt16 : ScanJob
{
    private const int Rows = 4096;
    private const float One = 8191;

    private readonly AlignedMemory _rows;
    private readonly int _count;
    private readonly int _dimension;
    private readonly short[] _probe;
    private readonly TopPeople[] _best;

    public SearchBenchInt16(TemplateSet set, int threads)
    {
        (_count, _dimension) = (set.Templates, set.Dimension);
        _rows = new AlignedMemory((long)_count * _dimension * sizeof(short));
        _probe = new short[_dimension];
        _best = [.. Enumerable.Range(0, threads).Select(_ => new TopPeople())];
        for (var i = 0; i < _count; i++)
        {
            var (block, row) = set.At(i);
            Convert(new ReadOnlySpan<float>(block.Floats + (long)row * _dimension, _dimension), new Span<short>((short*)_rows.Pointer + (long)i * _dimension, _dimension));
        }
    }

    public int Best(ScanPool pool, ReadOnlySpan<float> probe)
    {
        Convert(probe, _probe);
        foreach (var best in _best)
            best.Clear(1);
        pool.Run(this, (_count + Rows - 1) / Rows);
        foreach (var best in _best.AsSpan(1))
            _best[0].Merge(best);
        return _best[0][0].Owner;
    }

    protected override void Run(int chunk, int worker)
    {
        fixed (short* probe = _probe)
        {
            for (var row = chunk * Rows; row < Math.Min(_count, (chunk + 1) * Rows); row++)
            {
                var at = (short*)_rows.Pointer + (long)row * _dimension;
                if (Sse.IsSupported)
                {
                    for (var ahead = 0; ahead < _dimension; ahead += 32)
                        Sse.Prefetch0(at + 2048 + ahead);
                }

                var score = Dot(probe, at, _dimension);
                if (score > _best[worker].Least)
                    _best[worker].Offer(row, score);
            }
        }
    }

    private static int Dot(short* a, short* b, int length)
    {
        var (sum, i) = (0, 0);
        if (Avx512BW.IsSupported)
        {
            var (s0, s1) = (Vector512<int>.Zero, Vector512<int>.Zero);
            for (; i <= length - 64; i += 64)
            {
                s0 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(a + i), Vector512.Load(b + i));
                s1 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(a + i + 32), Vector512.Load(b + i + 32));
            }

            sum = Vector512.Sum(s0 + s1);
        }
        else if (Avx2.IsSupported)
        {
            var sums = Vector256<int>.Zero;
            for (; i <= length - 16; i += 16)
                sums += Avx2.MultiplyAddAdjacent(Vector256.Load(a + i), Vector256.Load(b + i));
            sum = Vector256.Sum(sums);
        }

        for (; i < length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void Convert(ReadOnlySpan<float> values, Span<short> shorts)
    {
        for (var i = 0; i < values.Length; i++)
            shorts[i] = (short)MathF.Round(values[i] * One);
    }
}

/// <summary>What the memory gives: a read-only stream and a copy, by all threads.</summary>
internal sealed unsafe class SearchBenchStream(byte* memory, byte* target, long bytes) : ScanJob
{
    /// <summary>A whole number of steps of the loop below; small data are one chunk.</summary>
    private readonly long _chunk = Math.Min(4 << 20, bytes / 256 * 256);

    private readonly AlignedMemory _sums = new(64);

    /// <returns>Bytes moved: read, or read and written.</returns>
    public long Run(ScanPool pool)
    {
        pool.Run(this, (int)(bytes / _chunk));
        return bytes / _chunk * _chunk * (target == null ? 1 : 2);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override void Run(int chunk, int worker)
    {
        var from = memory + chunk * _chunk;
        if (target != null)
        {
            NativeMemory.Copy(from, target + chunk * _chunk, (nuint)_chunk);
            return;
        }

        var (a, b, c, d) = (Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero);
        for (long at = 0; at < _chunk; at += 256)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(from + at + 4096);
                Sse.Prefetch0(from + at + 4160);
                Sse.Prefetch0(from + at + 4224);
                Sse.Prefetch0(from + at + 4288);
            }

            a += Vector512.Load((int*)(from + at));
            b += Vector512.Load((int*)(from + at + 64));
            c += Vector512.Load((int*)(from + at + 128));
            d += Vector512.Load((int*)(from + at + 192));
        }

        // Kept, so that the reading is not compiled away.
        *(int*)_sums.Pointer = Vector512.Sum(a + b + c + d);
    }
}
