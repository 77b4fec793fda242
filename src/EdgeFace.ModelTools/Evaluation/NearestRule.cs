namespace EdgeFace.ModelTools.Evaluation;

/// <summary>How the scores of a person's templates become one.</summary>
internal enum NearestScore
{
    /// <summary>The cosine with the mean of the nearest templates; of one, with the nearest.</summary>
    OfMean,

    /// <summary>The mean of the nearest templates' cosines.</summary>
    Mean,

    /// <summary>The same, each of half the weight of the one before.</summary>
    Halving,
}

/// <summary>A rule that decides how like a person a face is when they have several templates.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Score">How.</param>
/// <param name="Nearest">Templates taken at most.</param>
internal sealed record NearestRule(string Name, NearestScore Score, int Nearest)
{
    /// <summary>The first is today's for one template.</summary>
    public static IReadOnlyList<NearestRule> All { get; } =
    [
        new("nearest alone", NearestScore.OfMean, 1),
        new("mean of 2 scores", NearestScore.Mean, 2),
        new("mean of 3 scores", NearestScore.Mean, 3),
        new("halving weights", NearestScore.Halving, int.MaxValue),
        new("mean of 2 nearest", NearestScore.OfMean, 2),
        new("mean of 3 nearest", NearestScore.OfMean, 3),
        new("mean of 5 nearest", NearestScore.OfMean, 5),
        new("mean of all", NearestScore.OfMean, int.MaxValue),
    ];

    /// <param name="scores">Cosines of the face with the person's templates, falling.</param>
    /// <param name="rows">The templates, in that order.</param>
    /// <param name="cosines">Of any two of all pictures.</param>
    public double Of(ReadOnlySpan<float> scores, ReadOnlySpan<int> rows, CosineTable cosines)
    {
        var count = Math.Min(Nearest, scores.Length);
        double sum = 0, squared = 0, weights = 0;
        for (var i = 0; i < count; i++)
        {
            var weight = Score == NearestScore.Halving ? Math.Pow(0.5, i) : 1;
            (sum, weights) = (sum + weight * scores[i], weights + weight);
            for (var j = 0; Score == NearestScore.OfMean && j < count; j++)
                squared += cosines[rows[i], rows[j]];
        }

        return Score == NearestScore.OfMean ? sum / Math.Sqrt(squared) : sum / weights;
    }
}

/// <summary>The cosines of all pictures with all, computed once.</summary>
internal sealed class CosineTable
{
    private readonly float[] _values;
    private readonly int _count;

    /// <param name="vectors">Of length 1.</param>
    public CosineTable(IReadOnlyList<float[]> vectors)
    {
        _count = vectors.Count;
        _values = new float[(long)_count * _count];
        for (var i = 0; i < _count; i++)
        {
            for (var j = 0; j <= i; j++)
                _values[i * _count + j] = _values[j * _count + i] = AllPairs.Dot(vectors[i], vectors[j]);
        }
    }

    public float this[int a, int b] => _values[a * _count + b];
}
