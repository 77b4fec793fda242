namespace EdgeFace.Gallery;

/// <summary>Where each owner's templates are, for the writer of a <see cref="TemplateIndex"/>: a chain of rows per owner, 8 bytes a row.</summary>
internal sealed class OwnerRows
{
    // Both hold a row's number plus 1.
    private readonly PagedInts _firstOfOwner = new();
    private readonly PagedInts _nextOfRow = new();

    public void Add(int owner, int id)
    {
        _nextOfRow[id] = _firstOfOwner[owner];
        _firstOfOwner[owner] = id + 1;
    }

    /// <summary>Hands the rows of an owner over, who has none then.</summary>
    public void Remove(int owner, List<int> ids)
    {
        for (var id = _firstOfOwner[owner]; id != 0; id = _nextOfRow[id - 1])
            ids.Add(id - 1);
        // Asking must not make pages for owners who were never there.
        if (_firstOfOwner[owner] != 0)
            _firstOfOwner[owner] = 0;
    }

    public void Move(int owner, int from, int to)
    {
        if (from == to)
            return;
        _nextOfRow[to] = _nextOfRow[from];
        if (_firstOfOwner[owner] == from + 1)
        {
            _firstOfOwner[owner] = to + 1;
            return;
        }

        var at = _firstOfOwner[owner] - 1;
        while (_nextOfRow[at] != from + 1)
            at = _nextOfRow[at] - 1;
        _nextOfRow[at] = to + 1;
    }
}
