using System.Numerics.Tensors;

namespace EdgeFace.Gallery;

/// <summary>
/// The directions in which templates vary most (principal components), learned from a sample by orthogonal iteration on the
/// covariance (Golub and Van Loan, section 8.2). Rows are orthonormal, greatest variance first.
/// </summary>
internal sealed class Projection
{
    private const int Iterations = 40;
    private const double Ridge = 1e-9;

    private readonly float[] _rows;

    /// <param name="rows">One direction after the other.</param>
    public Projection(int from, int to, float[] rows)
    {
        From = from;
        To = to;
        _rows = rows;
    }

    public int From { get; }

    public int To { get; }

    public ReadOnlySpan<float> Rows => _rows;

    public ReadOnlySpan<float> Direction(int i) => _rows.AsSpan(i * From, From);

    /// <param name="sample">Vectors of <paramref name="from"/> values, one after the other.</param>
    /// <param name="to">How many directions, at most <paramref name="from"/>.</param>
    public static Projection Learn(ReadOnlySpan<float> sample, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, from);
        var covariance = Covariance(sample, from);
        var random = new Random(1);
        var rows = new float[to * from];
        foreach (ref var value in rows.AsSpan())
            value = random.NextSingle() - 0.5f;
        Orthonormalize(rows, from, random);
        var next = new float[rows.Length];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            for (var i = 0; i < to; i++)
            {
                for (var j = 0; j < from; j++)
                    next[i * from + j] = TensorPrimitives.Dot(covariance.AsSpan(j * from, from), rows.AsSpan(i * from, from));
            }

            (rows, next) = (next, rows);
            Orthonormalize(rows, from, random);
        }

        return new Projection(from, to, rows);
    }

    /// <summary>Coordinates of a vector in these directions.</summary>
    public void Apply(ReadOnlySpan<float> vector, Span<float> coordinates)
    {
        for (var i = 0; i < To; i++)
            coordinates[i] = TensorPrimitives.Dot(Direction(i), vector);
    }

    private static float[] Covariance(ReadOnlySpan<float> sample, int dimension)
    {
        var count = sample.Length / dimension;
        var mean = new float[dimension];
        for (var i = 0; i < count; i++)
            TensorPrimitives.Add(mean, sample.Slice(i * dimension, dimension), mean);
        TensorPrimitives.Divide(mean, count, mean);
        var covariance = new float[dimension * dimension];
        var centred = new float[dimension];
        for (var i = 0; i < count; i++)
        {
            TensorPrimitives.Subtract(sample.Slice(i * dimension, dimension), mean, centred);
            for (var j = 0; j < dimension; j++)
            {
                var row = covariance.AsSpan(j * dimension, dimension);
                TensorPrimitives.MultiplyAdd(centred, centred[j], row, row);
            }
        }

        var trace = 0.0;
        for (var j = 0; j < dimension; j++)
            trace += covariance[j * dimension + j];
        // A gallery may vary in fewer directions than are asked for: the others must not vanish.
        for (var j = 0; j < dimension; j++)
            covariance[j * dimension + j] += (float)(trace / dimension * Ridge + double.Epsilon);
        return covariance;
    }

    /// <summary>Modified Gram-Schmidt, twice: once loses orthogonality where rows are nearly parallel.</summary>
    private static void Orthonormalize(float[] rows, int length, Random random)
    {
        for (var i = 0; i * length < rows.Length; i++)
        {
            var row = rows.AsSpan(i * length, length);
            for (var attempt = 0; ; attempt++)
            {
                var before = TensorPrimitives.Norm(row);
                if (before > 0)
                    TensorPrimitives.Divide(row, before, row);
                for (var pass = 0; pass < 2; pass++)
                {
                    for (var j = 0; j < i; j++)
                    {
                        var other = rows.AsSpan(j * length, length);
                        TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot(other, row), row, row);
                    }
                }

                var norm = TensorPrimitives.Norm(row);
                if (norm > 1e-3f || attempt == 8)
                {
                    TensorPrimitives.Divide(row, norm, row);
                    break;
                }

                foreach (ref var value in row)
                    value = random.NextSingle() - 0.5f;
            }
        }
    }
}
