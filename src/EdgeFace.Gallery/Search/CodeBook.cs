namespace EdgeFace.Gallery;

/// <summary>
/// Short codes for the first look: one bit for each of the gallery's principal directions, set where a template lies above
/// the gallery's mean. The probe is not reduced to bits: a bit stands for "mean plus or minus the average deviation", and a
/// code's score is the dot product of the probe with what the code stands for (Dong et al. 2008, "Asymmetric distance
/// estimation with sketches"), rounded to tables of bytes for <see cref="CodeKernel"/>.
/// </summary>
internal sealed unsafe class CodeBook
{
    /// <summary>Templates from which a book is learned, at most.</summary>
    public const int MaxSample = 8192;

    private readonly Projection _projection;
    private readonly float[] _means;
    private readonly float[] _deviations;

    private CodeBook(Projection projection, float[] means, float[] deviations)
    {
        _projection = projection;
        _means = means;
        _deviations = deviations;
    }

    public int Bits => _projection.To;

    /// <summary>Bytes of a code.</summary>
    public int Planes => Bits / 8;

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
            deviations[i % bits] += MathF.Abs(coordinates[i] - means[i % bits]) / count;
        return new CodeBook(projection, means, deviations);
    }

    /// <summary>Writes a template's code, one byte every <see cref="CodeKernel.Group"/> bytes.</summary>
    public void Encode(ReadOnlySpan<float> vector, byte* code)
    {
        for (var plane = 0; plane < Planes; plane++)
        {
            var value = 0;
            for (var bit = 0; bit < 8; bit++)
            {
                var at = plane * 8 + bit;
                if (System.Numerics.Tensors.TensorPrimitives.Dot(_projection.Direction(at), vector) > _means[at])
                    value |= 1 << bit;
            }

            code[plane * CodeKernel.Group] = (byte)value;
        }
    }

    /// <summary>The probe's tables.</summary>
    /// <param name="probe">Any length.</param>
    /// <param name="weights">Scratch, <see cref="Bits"/> values.</param>
    /// <param name="tables">2 x <see cref="Planes"/> tables of 16; no choice of entries sums up to more than 255.</param>
    public void Tabulate(ReadOnlySpan<float> probe, Span<float> weights, Span<byte> tables)
    {
        _projection.Apply(probe, weights);
        float range = 0;
        for (var bit = 0; bit < Bits; bit++)
        {
            weights[bit] *= _deviations[bit];
            range += MathF.Abs(weights[bit]);
        }

        // Each entry is rounded up by half at most: half an entry a table is kept free.
        var scale = range > 0 ? (255 - Planes) / (2 * range) : 0;
        for (var table = 0; table < 2 * Planes; table++)
        {
            var four = weights.Slice(table * 4, 4);
            for (var half = 0; half < 16; half++)
                tables[table * 16 + half] = (byte)(Above(four, half) * scale + 0.5f);
        }
    }

    /// <summary>How far the entry lies above the least of its table.</summary>
    private static float Above(ReadOnlySpan<float> weights, int half)
    {
        float sum = 0;
        for (var bit = 0; bit < 4; bit++)
            sum += MathF.Abs(weights[bit]) + ((half >> bit & 1) != 0 ? weights[bit] : -weights[bit]);
        return sum;
    }
}
