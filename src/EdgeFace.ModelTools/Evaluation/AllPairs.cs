using System.Numerics;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>True accepts at one rate of false accepts.</summary>
/// <param name="FalseAcceptRate">The rate that is not exceeded.</param>
/// <param name="Threshold">Least cosine that keeps to it.</param>
/// <param name="TrueAcceptRate">Share of the genuine pairs at or above the threshold.</param>
internal sealed record OperatingPoint(double FalseAcceptRate, double Threshold, double TrueAcceptRate);

/// <summary>Compares every picture with every other: the only way to see rare false accepts in a small set.</summary>
internal sealed class AllPairs
{
    private const int Bins = 20_000;

    private readonly long[] _genuine = new long[Bins + 1];
    private readonly long[] _impostor = new long[Bins + 1];

    public long Genuine => _genuine.Sum();

    public long Impostor => _impostor.Sum();

    /// <param name="faces">Unit vectors of one length, with the person.</param>
    public static AllPairs Count(IReadOnlyList<(string Person, float[] Vector)> faces)
    {
        var pairs = new AllPairs();
        for (var i = 0; i < faces.Count; i++)
        {
            var (person, vector) = faces[i];
            for (var j = i + 1; j < faces.Count; j++)
                pairs.Add(Dot(vector, faces[j].Vector), person == faces[j].Person);
        }

        return pairs;
    }

    /// <summary>The cosines themselves: of two people falling, of one person rising.</summary>
    public static (float[] Impostors, float[] Genuine) Cosines(IReadOnlyList<(string Person, float[] Vector)> faces)
    {
        var (impostors, genuine) = (new List<float>(), new List<float>());
        for (var i = 0; i < faces.Count; i++)
        {
            for (var j = i + 1; j < faces.Count; j++)
                (faces[i].Person == faces[j].Person ? genuine : impostors).Add(Dot(faces[i].Vector, faces[j].Vector));
        }

        impostors.Sort((a, b) => b.CompareTo(a));
        genuine.Sort();
        return ([.. impostors], [.. genuine]);
    }

    public void Add(float similarity, bool same)
        => (same ? _genuine : _impostor)[Math.Clamp((int)((similarity + 1) * (Bins / 2)), 0, Bins)]++;

    /// <summary>Null when there are too few impostor pairs for the rate to mean anything (under ten false accepts).</summary>
    public OperatingPoint? At(double falseAcceptRate)
    {
        var allowed = falseAcceptRate * Impostor;
        if (allowed < 10 || Genuine == 0)
            return null;
        long falseAccepts = 0, trueAccepts = 0;
        var bin = Bins;
        for (; bin >= 0 && falseAccepts + _impostor[bin] <= allowed; bin--)
        {
            falseAccepts += _impostor[bin];
            trueAccepts += _genuine[bin];
        }

        return new OperatingPoint(falseAcceptRate, Math.Round(-1 + (bin + 1) * (2.0 / Bins), 4), Math.Round((double)trueAccepts / Genuine, 6));
    }

    /// <summary>Of vectors of one length.</summary>
    internal static float Dot(float[] a, float[] b)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sum += new Vector<float>(a, i) * new Vector<float>(b, i);
        var dot = Vector.Sum(sum);
        for (; i < a.Length; i++)
            dot += a[i] * b[i];
        return dot;
    }
}
