namespace EdgeFace.Gallery;

/// <summary>
/// Searches a large gallery in two stages (<see cref="SearchMode.Cascade"/>): the people it names have exact similarities,
/// but a person who is not like the probe at all may be passed over. Of <see cref="LeastTemplates"/> templates and more;
/// below, comparing with everybody takes no longer.
/// </summary>
internal sealed class IndexedSearch : IGallerySearch
{
    public const int LeastTemplates = 20_000;

    private const int CodeBits = 128;
    private const int Portion = TemplateBlock.MaxRows;

    private static readonly TemplateSearch Searcher = new(ScanPool.Shared);
    private static readonly SearchPlan Plan = SearchPlan.Of(SearchMode.Cascade);

    private readonly TemplateSet _set;
    private readonly Person[] _people;

    /// <param name="snapshot">What to search; not kept.</param>
    /// <param name="book">Of an earlier revision of the gallery, to be used again; null to learn one.</param>
    public IndexedSearch(GallerySnapshot snapshot, CodeBook? book = null)
    {
        (Revision, ModelId) = (snapshot.Revision, snapshot.ModelId);
        _people = snapshot.People.ToArray();
        _set = Index(snapshot, book ?? Learn(snapshot)).Current;
    }

    public int People => _people.Length;

    public int Templates => _set.Templates;

    public long Revision { get; }

    public string ModelId { get; }

    public CodeBook Book => _set.Book!;

    /// <summary>Whether a snapshot is worth an index.</summary>
    public static bool Suits(GallerySnapshot snapshot)
        => snapshot.Templates >= LeastTemplates && snapshot.Dimension % 16 == 0 && snapshot.Dimension >= CodeBits;

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> probe, Span<Match> best)
    {
        const int OnStack = 16;
        var matches = best.Length <= OnStack ? stackalloc TemplateMatch[best.Length] : new TemplateMatch[best.Length];
        var count = Searcher.Search(_set, Plan, probe, matches);
        for (var i = 0; i < count; i++)
            best[i] = new Match(_people[matches[i].Owner], matches[i].Similarity);
        return count;
    }

    private static CodeBook Learn(GallerySnapshot snapshot)
    {
        var (count, dimension) = (Math.Min(snapshot.Templates, CodeBook.MaxSample), snapshot.Dimension);
        var sample = new float[count * dimension];
        for (var i = 0; i < count; i++)
        {
            var row = (int)((long)i * snapshot.Templates / count);
            snapshot.Vectors.Slice(row * dimension, dimension).CopyTo(sample.AsSpan(i * dimension));
        }

        return CodeBook.Learn(sample, dimension, CodeBits);
    }

    private static TemplateIndex Index(GallerySnapshot snapshot, CodeBook book)
    {
        const TemplateStorage All = TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes;
        var index = new TemplateIndex(snapshot.Dimension, All, book);
        var owners = new int[snapshot.Templates];
        for (var person = 0; person < snapshot.People.Length; person++)
            owners.AsSpan(snapshot.FirstTemplates[person]..snapshot.FirstTemplates[person + 1]).Fill(person);
        for (var first = 0; first < owners.Length; first += Portion)
        {
            var count = Math.Min(Portion, owners.Length - first);
            index.Add(owners.AsSpan(first, count), snapshot.Vectors.Slice(first * snapshot.Dimension, count * snapshot.Dimension));
        }

        return index;
    }
}
