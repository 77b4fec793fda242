namespace EdgeFace.Gallery;

/// <summary>
/// Short codes for the first look: one or two bits for each of the gallery's principal directions, as many as tell most. One bit
/// says whether a template lies above the gallery's mean; a second, whether far from it. The probe is not reduced to bits: a
/// code stands for a level on each direction (Max 1960, "Quantizing for minimum distortion", table I, for normal distributions),
/// and its score is the dot product of the probe with these levels (Dong et al. 2008, "Asymmetric distance estimation with
/// sketches"), rounded to tables of bytes for <see cref="CodeKernel"/>.
/// </summary>
internal sealed unsafe class CodeBook
{
    /// <summary>Templates from which a book is learned, at most.</summary>
    public const int MaxSample = 8192;

    /// <summary>Templates that are encoded together.</summary>
    public const int Strip = 8;

    // Of a normal distribution of deviation 1: what the levels are, and which share of the variance they explain.
    private const float OneBitLevel = 0.7980f;
    private const float NearLevel = 0.4528f;
    private const float FarLevel = 1.510f;
    private const float FarFrom = 0.9816f;
    private const float OneBitGain = 0.6366f;
    private const float SecondBitGain = 0.2459f;

    private readonly Projection _projection;
    private readonly float[] _means;
    private readonly float[] _deviations;

    /// <summary>Directions with two bits, an even number: the first ones. The others have one.</summary>
    private readonly int _double;

    private CodeBook(Projection projection, float[] means, float[] deviations, int bits)
    {
        _projection = projection;
        _means = means;
        _deviations = deviations;
        Bits = bits;
        _double = Doubled(deviations, bits);
    }

    public int Bits { get; }

    /// <summary>Bytes of a code.</summary>
    public int Planes => Bits / 8;

    /// <summary>Directions that the codes of a book tell of.</summary>
    private int Directions => Bits - _double;

    /// <param name="sample">Unit vectors, one after the other.</param>
    /// <param name="dimension">Of a vector.</param>
    /// <param name="bits">A multiple of 8, at most the dimension.</param>
    public static CodeBook Learn(ReadOnlySpan<float> sample, int dimension, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits % 8, 0);
        var projection = Projection.Learn(sample, dimension, bits);
        var count = sample.Length / dimension;
        var coordinates = new float[count * bits];
        var means = new float[bits];
        var deviations = new float[bits];
        for (var i = 0; i < count; i++)
        {
            projection.Apply(sample.Slice(i * dimension, dimension), coordinates.AsSpan(i * bits, bits));
            for (var bit = 0; bit < bits; bit++)
                means[bit] += coordinates[i * bits + bit] / count;
        }

        for (var i = 0; i < coordinates.Length; i++)
            deviations[i % bits] += (coordinates[i] - means[i % bits]) * (coordinates[i] - means[i % bits]) / count;
        for (var bit = 0; bit < bits; bit++)
            deviations[bit] = MathF.Sqrt(deviations[bit]);
        return new CodeBook(projection, means, deviations, bits);
    }

    /// <summary>Directions, means and deviations, 32-bit floats, little-endian.</summary>
    public byte[] Write()
    {
        var rows = _projection.Rows;
        var bytes = new byte[(rows.Length + 2 * Bits) * sizeof(float)];
        VectorBlob.Write(rows, bytes);
        VectorBlob.Write(_means, bytes.AsSpan(rows.Length * sizeof(float)));
        VectorBlob.Write(_deviations, bytes.AsSpan((rows.Length + Bits) * sizeof(float)));
        return bytes;
    }

    /// <exception cref="SnapshotException">They are not of a book of this size.</exception>
    public static CodeBook Read(ReadOnlySpan<byte> bytes, int dimension, int bits)
    {
        var (rows, means, deviations) = (new float[dimension * bits], new float[bits], new float[bits]);
        if (bytes.Length != (rows.Length + 2 * bits) * sizeof(float))
            throw new SnapshotException("its code book has another size");
        VectorBlob.Read(bytes, rows);
        VectorBlob.Read(bytes[(rows.Length * sizeof(float))..], means);
        VectorBlob.Read(bytes[((rows.Length + bits) * sizeof(float))..], deviations);
        return new CodeBook(new Projection(dimension, bits, rows), means, deviations, bits);
    }

    /// <summary>Codes of up to <see cref="Strip"/> templates. A direction is read once for all of them: they fit the nearest cache, the book does not.</summary>
    /// <param name="vectors">One after the other.</param>
    /// <param name="codes"><see cref="Planes"/> bytes each.</param>
    public void Encode(ReadOnlySpan<float> vectors, Span<byte> codes)
    {
        var dimension = _projection.From;
        var count = vectors.Length / dimension;
        codes[..(count * Planes)].Clear();
        for (var table = 0; table < 2 * Planes; table++)
        {
            var (first, two) = FirstOf(table);
            for (var i = 0; i < (two ? 2 : 4); i++)
            {
                var (mean, far) = (_means[first + i], FarFrom * _deviations[first + i]);
                fixed (float* direction = _projection.Direction(first + i), rows = vectors)
                {
                    for (var row = 0; row < count; row++)
                    {
                        var from = FloatKernel.Dot(direction, rows + row * dimension, dimension) - mean;
                        var bits = two ? ((from > 0 ? 2 : 0) | (MathF.Abs(from) > far ? 1 : 0)) << (2 * i) : (from > 0 ? 1 : 0) << i;
                        codes[row * Planes + table / 2] |= (byte)(bits << (4 * (table % 2)));
                    }
                }
            }
        }
    }

    /// <summary>The probe's tables.</summary>
    /// <param name="probe">Any length.</param>
    /// <param name="weights">Scratch, <see cref="Bits"/> values.</param>
    /// <param name="tables">2 x <see cref="Planes"/> tables of 16; no choice of entries sums up to more than 255.</param>
    public void Tabulate(ReadOnlySpan<float> probe, Span<float> weights, Span<byte> tables)
    {
        float range = 0;
        for (var i = 0; i < Directions; i++)
        {
            weights[i] = System.Numerics.Tensors.TensorPrimitives.Dot(_projection.Direction(i), probe) * _deviations[i];
            range += MathF.Abs(weights[i]) * (i < _double ? FarLevel : OneBitLevel);
        }

        // Each entry is rounded up by half at most: half an entry a table is kept free.
        var scale = range > 0 ? (255 - Planes) / (2 * range) : 0;
        for (var table = 0; table < 2 * Planes; table++)
        {
            for (var half = 0; half < 16; half++)
                tables[table * 16 + half] = (byte)(Above(weights, table, half) * scale + 0.5f);
        }
    }

    /// <summary>As many as explain most of the variance with so many bits, in steps that fill whole half-bytes.</summary>
    private static int Doubled(ReadOnlySpan<float> deviations, int bits)
    {
        var (best, most) = (0, double.NegativeInfinity);
        for (var two = 0; 2 * two <= bits; two += 2)
        {
            double explained = 0;
            for (var i = 0; i < bits - two; i++)
                explained += (double)deviations[i] * deviations[i] * (i < two ? OneBitGain + SecondBitGain : OneBitGain);
            if ((bits - 2 * two) % 4 == 0 && explained > most)
                (best, most) = (two, explained);
        }

        return best;
    }

    /// <summary>How far the entry lies above the least of its table.</summary>
    private float Above(ReadOnlySpan<float> weights, int table, int half)
    {
        var (first, two) = FirstOf(table);
        float sum = 0;
        for (var i = 0; i < (two ? 2 : 4); i++)
        {
            var weight = weights[first + i];
            var level = two ? (half >> (2 * i) & 1) != 0 ? FarLevel : NearLevel : OneBitLevel;
            var above = two ? (half >> (2 * i) & 2) != 0 : (half >> i & 1) != 0;
            sum += MathF.Abs(weight) * (two ? FarLevel : OneBitLevel) + (above ? weight : -weight) * level;
        }

        return sum;
    }

    /// <summary>The first direction of a half-byte, and whether it has two bits each.</summary>
    private (int First, bool Two) FirstOf(int table)
        => 2 * table < _double ? (2 * table, true) : (_double + 4 * (table - _double / 2), false);
}
