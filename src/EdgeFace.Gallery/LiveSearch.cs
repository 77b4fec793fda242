namespace EdgeFace.Gallery;

/// <summary>
/// The search of the day: one reference that is swapped whole. Readers take <see cref="Current"/> once per probe; one
/// caller refreshes, after <see cref="GalleryStore.Changed"/> and every so often for what other processes have changed.
/// </summary>
public sealed class LiveSearch
{
    /// <summary>When more than one in so many people has changed, everything is read anew.</summary>
    private const int LargeShare = 4;

    private readonly GalleryStore _store;
    private readonly Lock _refreshing = new();
    private volatile IGallerySearch _current;
    private GalleryIndex? _index;
    private SearchMark _mark;

    /// <summary>Reads the gallery.</summary>
    public LiveSearch(GalleryStore store, string modelId)
    {
        _store = store;
        _current = store.ForSearch(rows => Everything(rows, modelId));
    }

    public IGallerySearch Current => _current;

    /// <summary>
    /// Brings the search to the gallery's revision: of a large gallery by what has changed, of a small one, or after many changes, by
    /// reading it anew. On failure the search stays what it was.
    /// </summary>
    /// <returns>Whether it was swapped.</returns>
    public bool Refresh()
    {
        lock (_refreshing)
        {
            if (_store.Revision == _current.Revision)
                return false;
            _current = _store.ForSearch(rows => Changes(rows) ?? Everything(rows, _current.ModelId));
            return true;
        }
    }

    private IndexedSearch? Changes(SearchRows rows)
    {
        if (_index is null)
            return null;
        var mark = rows.Mark;
        var most = Math.Max(1000, _current.People / LargeShare);
        if (rows.Since(_mark, _current.ModelId, _index.Dimension, most) is not { } changes)
            return null;
        _index.Apply(changes);
        _mark = mark;
        return _index.At(mark.Revision);
    }

    /// <summary>Everybody is compared as long as that is quick; the codes of a large gallery are learned once.</summary>
    private IGallerySearch Everything(SearchRows rows, string modelId)
    {
        var ((templates, dimension), mark) = (rows.Shape(modelId), rows.Mark);
        if (!IndexedSearch.Suits(templates, dimension))
        {
            _index = null;
            return new ExactSearch(rows.Snapshot(modelId));
        }

        var book = _index is { } old && old.Dimension == dimension
            ? old.Book
            : CodeBook.Learn(rows.Sample(modelId, CodeBook.MaxSample), dimension, GalleryIndex.CodeBits);
        var index = new GalleryIndex(modelId, dimension, book);
        index.Fill(rows.Everybody(modelId, dimension));
        (_index, _mark) = (index, mark);
        return index.At(mark.Revision);
    }
}
