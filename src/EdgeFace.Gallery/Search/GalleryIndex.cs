namespace EdgeFace.Gallery;

/// <summary>A person as they are now, with all templates of the model.</summary>
/// <param name="Number">In the order of enrolment; of nobody else at this time.</param>
/// <param name="Person">Null: they are gone.</param>
/// <param name="Vectors">Of length 1, one after the other; none when they are gone.</param>
internal sealed record PersonChange(int Number, Person? Person, float[] Vectors);

/// <summary>
/// What a large gallery is searched with, for the one who writes it: int8 rows, sign bits, short codes, and who the rows are. It
/// follows the gallery by changes; each <see cref="At"/> is a picture of it that does not change any more.
/// </summary>
internal sealed class GalleryIndex
{
    public const int CodeBits = 128;

    private const TemplateStorage Forms = TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes;
    private const int Portion = TemplateBlock.MaxRows;

    /// <summary>
    /// Values of the small changes of every second, in one array that is kept: a new one each time lies among the large objects,
    /// and collecting those means looking at the whole gallery, which stops the queries.
    /// </summary>
    private const int Joinable = 256 * 512;

    /// <summary>Takes about a tenth of a millisecond; a query that shares the core waits no longer.</summary>
    private const int GentlePortion = 40;

    /// <summary>Of more changes the pauses would add up: a tenth of a second for these.</summary>
    private const int MostPauses = 100;

    private readonly float[] _joined = new float[Joinable];
    private readonly string _modelId;
    private readonly TemplateIndex _index;
    private PeopleTable _people = PeopleTable.Empty;

    /// <param name="modelId">Whose templates.</param>
    /// <param name="dimension">Of a template.</param>
    /// <param name="book">Learned from the gallery, this one or an earlier revision of it.</param>
    public GalleryIndex(string modelId, int dimension, CodeBook book)
    {
        _modelId = modelId;
        _index = new TemplateIndex(dimension, Forms, book);
    }

    private GalleryIndex(string modelId, TemplateIndex index, PeopleTable people) => (_modelId, _index, _people) = (modelId, index, people);

    public CodeBook Book => _index.Current.Book!;

    public string ModelId => _modelId;

    public int Dimension => _index.Current.Dimension;

    public int Templates => _index.Current.Templates;

    /// <param name="blocks">Whose owners are all in <paramref name="people"/>.</param>
    public static GalleryIndex Of(string modelId, int dimension, CodeBook book, LiveBlock[] blocks, PeopleTable people)
        => new(modelId, new TemplateIndex(dimension, Forms, book, blocks), people);

    /// <param name="revision">Of the gallery that the changes have led to.</param>
    /// <param name="groupThreshold">Of the server's people without their own; null: the board's.</param>
    public IndexedSearch At(long revision, float? groupThreshold = null) => new(_index.Current, _people, _modelId, revision, groupThreshold);

    /// <summary>
    /// Brings people to what they are now. Whoever is gone and whoever comes does so in one step for readers. All templates of a person
    /// are written anew, one after the other: <see cref="OwnerScore"/> finds them by that.
    /// </summary>
    /// <param name="gently">In small portions, up to 4,000 people also with pauses between, for queries on the same cores; readers see none of them before <see cref="At"/>.</param>
    public void Apply(IReadOnlyList<PersonChange> changes, bool gently = false)
    {
        if (!gently)
        {
            Write(changes);
            return;
        }

        var pauses = changes.Count <= MostPauses * GentlePortion;
        foreach (var (i, portion) in changes.Chunk(GentlePortion).Index())
        {
            if (pauses && i > 0)
                Thread.Sleep(1);
            Write(portion);
        }
    }

    private void Write(IReadOnlyList<PersonChange> changes)
    {
        var dimension = _index.Current.Dimension;
        var values = changes.Sum(change => change.Vectors.Length);
        var (gone, owners) = (new int[changes.Count], new int[values / dimension]);
        for (int i = 0, row = 0; i < gone.Length; i++)
        {
            gone[i] = changes[i].Number;
            for (var last = row + changes[i].Vectors.Length / dimension; row < last; row++)
                owners[row] = changes[i].Number;
        }

        _index.Change(gone, owners, Joined(changes, values <= _joined.Length ? _joined.AsSpan(0, values) : new float[values]));
        _people = _people.With(changes.Select(change => (change.Number, change.Vectors.Length > 0 ? change.Person : null)));
    }

    /// <summary>Adds everybody, in portions: more than one of them is never held beside the index.</summary>
    public void Fill(IEnumerable<PersonChange> everybody)
    {
        var (portion, templates) = (new List<PersonChange>(), 0);
        foreach (var change in everybody)
        {
            portion.Add(change);
            templates += change.Vectors.Length / _index.Current.Dimension;
            if (templates < Portion)
                continue;
            Apply(portion);
            portion.Clear();
            templates = 0;
        }

        Apply(portion);
    }

    private static ReadOnlySpan<float> Joined(IReadOnlyList<PersonChange> changes, Span<float> vectors)
    {
        var at = 0;
        foreach (var change in changes)
        {
            change.Vectors.CopyTo(vectors[at..]);
            at += change.Vectors.Length;
        }

        return vectors;
    }
}
