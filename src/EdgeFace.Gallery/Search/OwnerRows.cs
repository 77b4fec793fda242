namespace EdgeFace.Gallery;

/// <summary>Where each owner's templates are, for the writer of a <see cref="TemplateIndex"/>.</summary>
internal sealed class OwnerRows
{
    private readonly Dictionary<int, int[]> _rows = [];

    public void Add(int owner, int id)
        => _rows[owner] = _rows.TryGetValue(owner, out var ids) ? [.. ids, id] : [id];

    public int[] Remove(int owner) => _rows.Remove(owner, out var ids) ? ids : [];

    public void Move(int owner, int from, int to)
    {
        var ids = _rows[owner];
        ids[Array.IndexOf(ids, from)] = to;
    }
}
