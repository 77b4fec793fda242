namespace EdgeFace.Gallery;

/// <summary>
/// The templates of one person that are nearest to a probe, nearest first. Their mean, at length 1, is what the probe is compared with:
/// averaging cancels what differs from picture to picture, and leaving the far ones out keeps a person who looks different at times.
/// Used again for the next person.
/// </summary>
internal ref struct NearestTemplates
{
    /// <summary>Templates that point away from one another have no mean: the nearest one counts alone.</summary>
    private const float LeastSquaredLength = 1e-3f;

    private readonly Span<int> _rows;
    private readonly Span<float> _scores;

    /// <param name="rows">As many as are wanted.</param>
    /// <param name="scores">As many.</param>
    public NearestTemplates(Span<int> rows, Span<float> scores)
    {
        _rows = rows;
        _scores = scores;
    }

    /// <summary>Templates held.</summary>
    public int Count { readonly get; private set; }

    public readonly int this[int rank] => _rows[rank];

    /// <summary>Cosine of the nearest; of none, the least there is.</summary>
    public readonly float Best => Count > 0 ? _scores[0] : float.NegativeInfinity;

    public void Clear() => Count = 0;

    /// <summary>Offers a template; of equal ones the earlier stays before the later.</summary>
    public void Offer(int row, float score)
    {
        if (Count == _rows.Length && !(score > _scores[^1]))
            return;
        var at = Count == _rows.Length ? Count - 1 : Count++;
        for (; at > 0 && _scores[at - 1] < score; at--)
            (_rows[at], _scores[at]) = (_rows[at - 1], _scores[at - 1]);
        (_rows[at], _scores[at]) = (row, score);
    }

    /// <summary>The cosine with the mean.</summary>
    /// <param name="squaredLength">Of the sum of the templates held.</param>
    public readonly float Similarity(float squaredLength)
    {
        if (!(squaredLength >= LeastSquaredLength))
            return Best;
        var sum = 0f;
        for (var rank = 0; rank < Count; rank++)
            sum += _scores[rank];
        return sum / MathF.Sqrt(squaredLength);
    }
}
