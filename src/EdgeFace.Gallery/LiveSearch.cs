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
    private readonly bool _keepSealed;
    private readonly Lock _refreshing = new();
    private volatile IGallerySearch _current;
    private GalleryIndex? _index;
    private SearchMark _mark;
    private SnapshotFile? _file;

    /// <summary>Reads the gallery: a large one from its snapshot file and what has changed since, if there is a good one.</summary>
    /// <param name="keepSealed">
    /// Leaves the int8 form of the templates in the snapshot file, sealed, and opens the rows that a search wants: about a quarter of
    /// the memory, and more time a search. Comes into effect with the first snapshot.
    /// </param>
    public LiveSearch(GalleryStore store, string modelId, bool keepSealed = false)
    {
        _store = store;
        _keepSealed = keepSealed;
        _current = store.ForSearch(rows => FromSnapshot(rows, modelId) ?? Everything(rows, modelId));
    }

    public IGallerySearch Current => _current;

    /// <summary>Whether a snapshot would spare the next start work: the gallery is large, and the one on the disk is not of this revision.</summary>
    public bool IsSnapshotDue => _current is IndexedSearch current && SnapshotRevision != current.Revision;

    /// <summary>Of the gallery, when the snapshot that is in use was written; null without one.</summary>
    public long? SnapshotRevision => _file?.Header.Mark.Revision;

    /// <summary>
    /// Brings the search to the gallery's revision: of a large gallery by what has changed, of a small one, or after many changes, by
    /// reading it anew. On failure the search stays what it was.
    /// </summary>
    /// <returns>Whether it was swapped.</returns>
    public bool Refresh()
    {
        lock (_refreshing)
        {
            var damaged = _file is { IsDamaged: true };
            if (!damaged && _store.Revision == _current.Revision)
                return false;
            if (damaged)
                _store.Snapshots.Refuse("a template in it does not open");
            _current = _store.ForSearch(rows => (damaged ? null : Changes(rows, gently: true)) ?? Everything(rows, _current.ModelId));
            return true;
        }
    }

    /// <summary>Writes the snapshot file, while searches go on.</summary>
    /// <returns>False when the gallery is too small for one, or somebody left meanwhile.</returns>
    /// <exception cref="Core.InputException">It cannot be written.</exception>
    public bool WriteSnapshot()
    {
        IndexedSearch? search;
        SearchMark mark;
        lock (_refreshing)
            (search, mark) = (_current as IndexedSearch, _mark);
        if (search is null || !_store.Snapshots.Write(search, mark))
            return false;
        lock (_refreshing)
            TakeUp();
        return true;
    }

    /// <summary>What was just written is what the next start would read; with sealed rows it takes the place of what is in memory.</summary>
    private void TakeUp()
    {
        if (_keepSealed)
            _current = _store.ForSearch(rows => FromSnapshot(rows, _current.ModelId)) ?? _current;
        else
            _file = _store.Snapshots.Open();
    }

    private IndexedSearch? FromSnapshot(SearchRows rows, string modelId)
    {
        if (_store.Snapshots.Load(modelId, _keepSealed) is not { } loaded)
            return null;
        (_index, _file, _mark) = (loaded.Index, loaded.File, loaded.File.Header.Mark);
        var search = Changes(rows, gently: false);
        // As many as the gallery says that it has: what was changed past this program is not followed.
        if (search is not null && search.Templates == rows.Shape(modelId).Templates)
            return search;
        _store.Snapshots.Refuse("too much has changed since");
        (_index, _file) = (null, null);
        return null;
    }

    private IndexedSearch? Changes(SearchRows rows, bool gently)
    {
        if (_index is null)
            return null;
        var mark = rows.Mark;
        var most = Math.Max(1000, _index.Templates / LargeShare);
        if (rows.Since(_mark, _index.ModelId, _index.Dimension, most) is not { } changes)
            return null;
        if (changes.Count > 0)
            _index.Apply(changes, gently);
        _mark = mark;
        return _index.At(mark.Revision, rows.GroupThreshold);
    }

    /// <summary>Everybody is compared as long as that is quick; the codes of a large gallery are learned once.</summary>
    private IGallerySearch Everything(SearchRows rows, string modelId)
    {
        _file = null;
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
        return index.At(mark.Revision, rows.GroupThreshold);
    }
}
