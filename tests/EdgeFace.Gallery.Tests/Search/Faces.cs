using EdgeFace.Core.Faces;

namespace EdgeFace.Gallery.Tests;

/// <summary>Clustered unit vectors: people who differ mostly in their first directions, and pictures of them with noise.</summary>
internal static class Faces
{
    public const int Dimension = 128;

    public static float[] Of(int person, int picture, int dimension = Dimension, double noise = 0.5)
    {
        var (who, chance) = (new Random(person), new Random(unchecked(person * 7919 + picture * 104_729 + 1)));
        var values = new float[dimension];
        for (var i = 0; i < dimension; i++)
            values[i] = (float)(Math.Exp(-i * 256.0 / dimension / 80) * (Normal(who) + noise * Normal(chance)));
        return Embedding.Normalize("m", Mixed(values)).Values.ToArray();
    }

    public static float[] Rows(IEnumerable<float[]> vectors) => [.. vectors.SelectMany(vector => vector)];

    /// <summary>The whole gallery, by the plainest way, in double.</summary>
    public static (int Owner, double Similarity) BruteForce(IReadOnlyList<(int Owner, float[] Vector)> all, float[] probe)
    {
        var best = (Owner: -1, Similarity: double.NegativeInfinity);
        foreach (var (owner, vector) in all)
        {
            double dot = 0, square = 0;
            for (var i = 0; i < probe.Length; i++)
                (dot, square) = (dot + (double)probe[i] * vector[i], square + (double)probe[i] * probe[i]);
            if (dot / Math.Sqrt(square) is var similarity && similarity > best.Similarity)
                best = (owner, similarity);
        }

        return best;
    }

    /// <summary>A Walsh-Hadamard transform, so that no value tells more than another.</summary>
    private static float[] Mixed(float[] values)
    {
        for (var half = 1; half < values.Length; half *= 2)
        {
            for (var i = 0; i < values.Length; i++)
            {
                if ((i & half) == 0)
                    (values[i], values[i + half]) = (values[i] + values[i + half], values[i] - values[i + half]);
            }
        }

        return values;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
