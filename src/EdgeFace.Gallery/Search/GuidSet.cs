namespace EdgeFace.Gallery;

/// <summary>
/// Ids in small arrays, by some of their bits. Immutable: a change copies the arrays that it touches, some hundred bytes an id of a
/// large gallery, where a balanced tree copies a path of twenty nodes.
/// </summary>
internal sealed class GuidSet
{
    private const int Folders = 256;
    private const int Shelves = 64;

    private readonly Guid[]?[]?[] _folders;

    private GuidSet(Guid[]?[]?[] folders, int count) => (_folders, Count) = (folders, count);

    public static GuidSet Empty { get; } = new(new Guid[Folders][][], 0);

    public int Count { get; }

    public bool Contains(Guid id)
    {
        var (folder, shelf) = Place(id);
        return _folders[folder]?[shelf] is { } ids && Array.IndexOf(ids, id) >= 0;
    }

    /// <summary>Starts a change; this set stays what it is.</summary>
    public Changing Change() => new(this);

    private static (int Folder, int Shelf) Place(Guid id)
    {
        var hash = (uint)id.GetHashCode() * 0x9E3779B1;
        return ((int)(hash >> 24), (int)(hash >> 18) % Shelves);
    }

    /// <summary>A set in the making.</summary>
    public sealed class Changing(GuidSet from)
    {
        private readonly Guid[]?[]?[] _folders = (Guid[]?[]?[])from._folders.Clone();
        private readonly bool[] _mine = new bool[Folders];
        private int _count = from.Count;

        public void Add(Guid id)
        {
            ref var ids = ref Shelf(id);
            if (ids is not null && Array.IndexOf(ids, id) >= 0)
                return;
            ids = [.. ids ?? [], id];
            _count++;
        }

        public void Remove(Guid id)
        {
            ref var ids = ref Shelf(id);
            if (ids is null || Array.IndexOf(ids, id) < 0)
                return;
            ids = ids.Length == 1 ? null : Array.FindAll(ids, other => other != id);
            _count--;
        }

        public GuidSet Done() => new(_folders, _count);

        private ref Guid[]? Shelf(Guid id)
        {
            var (folder, shelf) = Place(id);
            ref var shelves = ref _folders[folder];
            if (!_mine[folder])
            {
                shelves = shelves is null ? new Guid[Shelves][] : (Guid[]?[])shelves.Clone();
                _mine[folder] = true;
            }

            return ref shelves![shelf];
        }
    }
}
