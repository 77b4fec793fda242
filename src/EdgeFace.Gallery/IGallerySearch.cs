namespace EdgeFace.Gallery;

/// <summary>
/// Finds out who a face may be. An implementation is an immutable picture of the gallery at one <see cref="Revision"/>:
/// any number of threads may search it, and it never changes; a newer gallery is a new object.
/// </summary>
public interface IGallerySearch
{
    /// <summary>Templates of a person that are averaged at most.</summary>
    const int MostNearest = 10;

    /// <summary>How many people have a template of <see cref="ModelId"/>.</summary>
    int People { get; }

    int Templates { get; }

    /// <summary><see cref="GalleryStore.Revision"/> of the gallery that is searched.</summary>
    long Revision { get; }

    /// <summary>The space that probes must be of.</summary>
    string ModelId { get; }

    /// <summary>Whether a person is among <see cref="People"/>.</summary>
    bool Contains(Guid person);

    /// <summary>
    /// The people who are most like the probe: each person once, greatest similarity first, of equal ones the person who was enrolled
    /// first. A person's similarity is the cosine of the probe with the mean of those of their templates that are nearest to it; who has
    /// fewer is judged by all. Allocates nothing.
    /// </summary>
    /// <param name="probe">An embedding of <see cref="ModelId"/>; its length does not matter, its direction does.</param>
    /// <param name="best">Receives the matches; its length says how many are wanted.</param>
    /// <param name="nearest">Templates of a person that are averaged, 1 to <see cref="MostNearest"/>; 1: the best one alone.</param>
    /// <returns>How many matches were written: the lesser of <see cref="People"/> and what was wanted.</returns>
    /// <exception cref="ArgumentException">The probe holds a value that is not finite, has no direction, or has another dimension.</exception>
    int Search(ReadOnlySpan<float> probe, Span<Match> best, int nearest = 1);
}

/// <summary>A person and how like the probe they are.</summary>
/// <param name="Person">Who.</param>
/// <param name="Similarity">Cosine with the mean of the person's nearest templates, -1..1.</param>
/// <param name="Threshold">What the gallery says that a face must reach to be theirs (<see cref="Person.Threshold"/>, or their group's); null: the board's holds.</param>
public readonly record struct Match(Person Person, float Similarity, float? Threshold = null);
