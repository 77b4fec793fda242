namespace EdgeFace.Gallery;

/// <summary>The best so far, each owner once with the best of their templates; of equal scores the smaller owner number first.</summary>
internal sealed class TopPeople
{
    private int[] _owners = [];
    private float[] _scores = [];
    private int _wanted;

    public int Count { get; private set; }

    /// <summary>Scores below this cannot come in any more.</summary>
    public float Least { get; private set; }

    public (int Owner, float Score) this[int rank] => (_owners[rank], _scores[rank]);

    public void Clear(int wanted)
    {
        if (_owners.Length < wanted)
        {
            _owners = new int[wanted];
            _scores = new float[wanted];
        }

        (_wanted, Count) = (wanted, 0);
        Least = wanted > 0 ? float.NegativeInfinity : float.PositiveInfinity;
    }

    public void Offer(int owner, float score)
    {
        if (!(score >= Least) || _wanted == 0)
            return;
        var at = Count;
        while (at > 0 && Before(owner, score, at - 1))
            at--;
        var known = Array.IndexOf(_owners, owner, 0, Count);
        if (known >= 0 && known < at)
            return;
        var last = known >= 0 ? known : Count < _wanted ? Count++ : Count - 1;
        if (at > last)
            return;
        Array.Copy(_owners, at, _owners, at + 1, last - at);
        Array.Copy(_scores, at, _scores, at + 1, last - at);
        (_owners[at], _scores[at]) = (owner, score);
        if (Count == _wanted)
            Least = _scores[Count - 1];
    }

    public void Merge(TopPeople other)
    {
        for (var rank = 0; rank < other.Count; rank++)
            Offer(other._owners[rank], other._scores[rank]);
    }

    private bool Before(int owner, float score, int rank)
        => score > _scores[rank] || (score == _scores[rank] && owner < _owners[rank]);
}
