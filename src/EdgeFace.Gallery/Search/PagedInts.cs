namespace EdgeFace.Gallery;

/// <summary>Numbers by index, 0 where none was set; in pages that are made when they are needed, so that growing copies nothing.</summary>
internal sealed class PagedInts
{
    private const int Page = 4096;

    private int[]?[] _pages = [];

    public int this[int index]
    {
        get => index / Page < _pages.Length && _pages[index / Page] is { } page ? page[index % Page] : 0;
        set
        {
            if (index / Page >= _pages.Length)
                Array.Resize(ref _pages, Math.Max(2 * _pages.Length, index / Page + 1));
            (_pages[index / Page] ??= new int[Page])[index % Page] = value;
        }
    }
}
