namespace EdgeFace.Gallery;

/// <summary>
/// Searches a large gallery in two stages (<see cref="SearchMode.Cascade"/>). Similarities are those of templates rounded to int8:
/// within about 0.002 of the exact ones. A person who is not like the probe at all may be passed over. Of
/// <see cref="LeastTemplates"/> templates and more; below, comparing with everybody takes no longer. Immutable.
/// </summary>
internal sealed class IndexedSearch(TemplateSet set, PeopleTable people, string modelId, long revision, float? groupThreshold) : IGallerySearch
{
    public const int LeastTemplates = 20_000;

    private static readonly TemplateSearch Searcher = new(ScanPool.Shared);
    private static readonly SearchPlan Plan = SearchPlan.Of(SearchMode.Cascade);

    public int People => people.Count;

    public int Templates => set.Templates;

    public long Revision => revision;

    public string ModelId => modelId;

    internal TemplateSet Set => set;

    internal PeopleTable Table => people;

    /// <summary>Whether a gallery of this shape is worth an index.</summary>
    public static bool Suits(int templates, int dimension)
        => templates >= LeastTemplates && dimension % 16 == 0 && dimension >= GalleryIndex.CodeBits;

    /// <inheritdoc/>
    public bool Contains(Guid person) => people.Contains(person);

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> probe, Span<Match> best, int nearest = 1)
    {
        const int OnStack = 16;
        var matches = best.Length <= OnStack ? stackalloc TemplateMatch[best.Length] : new TemplateMatch[best.Length];
        var count = Searcher.Search(set, Plan, probe, matches, nearest);
        for (var i = 0; i < count; i++)
        {
            var person = people[matches[i].Owner];
            best[i] = new Match(person, matches[i].Similarity, person.ThresholdIn(groupThreshold));
        }

        return count;
    }
}
