namespace EdgeFace.Gallery;

/// <summary>
/// The templates of one model at one revision of the gallery, in one block. Immutable.
/// </summary>
public sealed class GallerySnapshot
{
    private readonly Person[] _people;
    private readonly int[] _firstTemplates;
    private readonly float[] _vectors;

    /// <param name="modelId">The model.</param>
    /// <param name="revision">Of the gallery.</param>
    /// <param name="dimension">0 when there is no template.</param>
    /// <param name="people">In the order of enrolment.</param>
    /// <param name="firstTemplates">For each person the number of their first template, and at the end the number of all.</param>
    /// <param name="vectors">Unit vectors, person after person.</param>
    internal GallerySnapshot(string modelId, long revision, int dimension, Person[] people, int[] firstTemplates, float[] vectors)
    {
        if (firstTemplates.Length != people.Length + 1 || vectors.Length != (long)firstTemplates[^1] * dimension)
            throw new ArgumentException("People, templates and vectors do not fit together.", nameof(firstTemplates));
        ModelId = modelId;
        Revision = revision;
        Dimension = dimension;
        _people = people;
        _firstTemplates = firstTemplates;
        _vectors = vectors;
    }

    public string ModelId { get; }

    public long Revision { get; }

    /// <summary>Values of a vector; 0 when the snapshot is empty.</summary>
    public int Dimension { get; }

    /// <summary>Cosine that people of a server without their own must reach; null: the board's.</summary>
    public float? GroupThreshold { get; init; }

    /// <summary>The people who have a template of this model, in the order of enrolment.</summary>
    public ReadOnlySpan<Person> People => _people;

    /// <summary>
    /// <see cref="People"/> + 1 numbers: the templates of person p are those from number p up to, but without, number p + 1.
    /// </summary>
    public ReadOnlySpan<int> FirstTemplates => _firstTemplates;

    /// <summary>Templates x <see cref="Dimension"/>, row-major, each row of length 1.</summary>
    public ReadOnlySpan<float> Vectors => _vectors;

    public int Templates => _firstTemplates[^1];
}
