using System.Numerics.Tensors;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// People as embeddings show them. Fitted to the vectors that the shipped embedder makes of LFW: a person is a direction whose
/// variance falls with exp(-i/40) over half of the dimensions, a picture of them adds noise that falls with exp(-i/58) and
/// whose size differs from picture to picture (median 0.62 of the person's, log-normal with 0.35), and the axes are turned so that
/// no single value tells more than another. Two pictures of a person then have a cosine of about 0.7, of two people 0 +- 0.1.
/// </summary>
internal sealed class SearchBenchModel(int dimension, bool uniform)
{
    public const string Description =
        "people with 1-9 templates each, spectrum and noise as of LFW under the shipped embedder (cosine of mates about 0.7, of strangers 0 +- 0.1)";

    private const double PersonDecay = 40;
    private const double NoiseDecay = 58;
    private const double NoiseMedian = 0.62;
    private const double NoiseSpread = 0.35;

    private readonly float[] _person = Deviations(dimension, PersonDecay);
    private readonly float[] _noise = Deviations(dimension, NoiseDecay);
    private readonly float[] _flips = Flips(dimension);

    /// <summary>A person's picture.</summary>
    /// <param name="person">Any number.</param>
    /// <param name="picture">Any number; the same pair gives the same vector.</param>
    public void Make(int person, int picture, Span<float> vector)
    {
        var chance = new SearchBenchRandom(((ulong)person << 20) + (ulong)picture + 1);
        if (uniform)
        {
            foreach (ref var value in vector)
                value = chance.Normal();
        }
        else
        {
            var who = new SearchBenchRandom((ulong)person << 20);
            var noise = (float)(NoiseMedian * Math.Exp(NoiseSpread * chance.Normal()));
            vector.Clear();
            for (var i = 0; i < _person.Length; i++)
                vector[i] = _person[i] * who.Normal() + noise * _noise[i] * chance.Normal();
            Turn(vector);
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
    }

    private static float[] Deviations(int dimension, double decay)
    {
        var variances = Enumerable.Range(0, dimension / 2).Select(i => Math.Exp(-i * (512.0 / dimension) / decay)).ToArray();
        var sum = variances.Sum();
        return [.. variances.Select(variance => (float)Math.Sqrt(variance / sum))];
    }

    private static float[] Flips(int dimension)
    {
        var random = new SearchBenchRandom(7);
        return [.. Enumerable.Range(0, 2 * dimension).Select(_ => (random.Next() & 1) == 0 ? 1f : -1f)];
    }

    /// <summary>Random signs and a Walsh-Hadamard transform, over the first and over the last power of two of the values.</summary>
    private void Turn(Span<float> vector)
    {
        var side = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)vector.Length + 1) / 2;
        TensorPrimitives.Multiply(vector, _flips.AsSpan(0, vector.Length), vector);
        Hadamard(vector[..side]);
        TensorPrimitives.Multiply(vector, _flips.AsSpan(vector.Length), vector);
        Hadamard(vector[^side..]);
    }

    private static void Hadamard(Span<float> values)
    {
        for (var half = 1; half < values.Length; half *= 2)
        {
            for (var from = 0; from < values.Length; from += 2 * half)
            {
                for (var i = from; i < from + half; i++)
                    (values[i], values[i + half]) = (values[i] + values[i + half], values[i] - values[i + half]);
            }
        }

        TensorPrimitives.Divide(values, MathF.Sqrt(values.Length), values);
    }
}
