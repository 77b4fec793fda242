namespace EdgeFace.Gallery.Tests;

/// <summary>
/// The same queries by each way to search, for counting instructions from outside (tests/arm64.sh): what a method counts more
/// than <see cref="Nothing"/> is that of <see cref="Queries"/> searches over <see cref="Templates"/> templates of 512 values.
/// In so small a set the sample that sets the bound is the whole set: sign bits and codes are looked at twice.
/// </summary>
internal static class KernelCost
{
    public const int Queries = 200;
    public const int Templates = 4096;
    private const int Dimension = 512;

    public static void Nothing() => Run(null);

    public static void Float32() => Run(SearchMode.Float32);

    public static void Int8() => Run(SearchMode.Int8);

    public static void Signs() => Run(SearchMode.Signs);

    public static void Cascade() => Run(SearchMode.Cascade);

    private static void Run(SearchMode? mode)
    {
        using var pool = new ScanPool(1);
        var random = new Random(1);
        var vectors = new float[Templates * Dimension];
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = (random.NextSingle() - 0.5f) * 0.15f;
        var book = CodeBook.Learn(vectors.AsSpan(0, 256 * Dimension), Dimension, 128);
        var index = new TemplateIndex(Dimension, TemplateStorage.Float32 | TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes, book);
        index.Add([.. Enumerable.Range(0, Templates)], vectors);
        var search = new TemplateSearch(pool);
        var best = new TemplateMatch[1];
        // A short list of a size that a large gallery would have, so that the scan is what counts.
        var plan = new SearchPlan(mode ?? SearchMode.Float32, FirstShare: 1.0 / 128, ShortList: 16, Winners: 4);
        for (var i = 0; mode is not null && i < Queries; i++)
            search.Search(index.Current, plan, vectors.AsSpan(i * Dimension, Dimension), best);
        Console.WriteLine($"done {mode}");
    }
}
