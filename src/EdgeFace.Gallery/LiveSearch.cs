namespace EdgeFace.Gallery;

/// <summary>
/// The search of the day: one reference that is swapped whole. Readers take <see cref="Current"/> once per probe; one
/// caller refreshes, after <see cref="GalleryStore.Changed"/> and every so often for what other processes have changed.
/// </summary>
public sealed class LiveSearch
{
    private readonly GalleryStore _store;
    private readonly Lock _refreshing = new();
    private volatile IGallerySearch _current;

    /// <summary>Reads the gallery.</summary>
    public LiveSearch(GalleryStore store, string modelId)
    {
        _store = store;
        _current = Over(store.Snapshot(modelId), previous: null);
    }

    public IGallerySearch Current => _current;

    /// <summary>Reads the gallery anew if it is of another revision. On failure the search stays what it was.</summary>
    /// <returns>Whether it was swapped.</returns>
    public bool Refresh()
    {
        lock (_refreshing)
        {
            if (_store.Revision == _current.Revision)
                return false;
            _current = Over(_store.Snapshot(_current.ModelId), _current as IndexedSearch);
            return true;
        }
    }

    /// <summary>Everybody is compared as long as that is quick; the codes of a large gallery are learned once.</summary>
    private static IGallerySearch Over(GallerySnapshot snapshot, IndexedSearch? previous)
        => IndexedSearch.Suits(snapshot) ? new IndexedSearch(snapshot, previous?.Book) : new ExactSearch(snapshot);
}
