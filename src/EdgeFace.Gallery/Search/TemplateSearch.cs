namespace EdgeFace.Gallery;

/// <summary>An owner and how like the probe they are.</summary>
/// <param name="Owner">As given to <see cref="TemplateIndex"/>.</param>
/// <param name="Similarity">Cosine with the best of their templates, or with the mean of the nearest, -1..1.</param>
internal readonly record struct TemplateMatch(int Owner, float Similarity);

/// <summary>Searches sets of templates with the threads of one pool. Any number of threads may ask at once.</summary>
internal sealed class TemplateSearch(ScanPool pool)
{
    private Query? _spare;

    /// <summary>The owners who are most like the probe; see <see cref="IGallerySearch.Search"/>.</summary>
    /// <returns>How many matches were written.</returns>
    public int Search(TemplateSet set, SearchPlan plan, ReadOnlySpan<float> probe, Span<TemplateMatch> best, int nearest = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nearest, Math.Clamp(nearest, 1, IGallerySearch.MostNearest));
        // Whoever comes while another one searches makes a query of their own.
        var query = Interlocked.Exchange(ref _spare, null) ?? new Query(pool);
        try
        {
            return query.Run(set, plan, probe, best, nearest);
        }
        finally
        {
            _spare = query;
        }
    }
}
