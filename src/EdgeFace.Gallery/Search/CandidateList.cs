namespace EdgeFace.Gallery;

/// <summary>Rows that may be the ones, with their Hamming distances. Grows when it must, and stays as large.</summary>
internal sealed class CandidateList
{
    public int Count { get; private set; }

    public int[] Ids { get; private set; } = new int[1024];

    public int[] Distances { get; private set; } = new int[1024];

    public void Clear() => Count = 0;

    public void Add(int id, int distance)
    {
        if (Count == Ids.Length)
            (Ids, Distances) = (Doubled(Ids), Doubled(Distances));
        (Ids[Count], Distances[Count]) = (id, distance);
        Count++;
    }

    private static int[] Doubled(int[] values)
    {
        Array.Resize(ref values, 2 * values.Length);
        return values;
    }
}
