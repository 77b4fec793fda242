using System.Numerics.Tensors;

namespace EdgeFace.Gallery;

/// <summary>Compares the probe with every template of a snapshot.</summary>
public sealed class ExactSearch(GallerySnapshot snapshot) : IGallerySearch
{
    private const float LeastSquaredNorm = 1e-20f;

    private readonly HashSet<Guid> _ids = IdsOf(snapshot);

    public int People => snapshot.People.Length;

    public int Templates => snapshot.Templates;

    public long Revision => snapshot.Revision;

    public string ModelId => snapshot.ModelId;

    /// <inheritdoc/>
    public bool Contains(Guid person) => _ids.Contains(person);

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> probe, Span<Match> best, int nearest = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nearest, Math.Clamp(nearest, 1, IGallerySearch.MostNearest));
        var scale = ScaleOf(probe);
        if (People == 0)
            return 0;
        if (probe.Length != snapshot.Dimension)
        {
            throw new ArgumentException(
                $"A probe of {probe.Length} values cannot be compared with templates of {snapshot.Dimension}.", nameof(probe));
        }

        var count = 0;
        var templates = new NearestTemplates(stackalloc int[nearest], stackalloc float[nearest]);
        var people = snapshot.People;
        for (var person = 0; person < people.Length && !best.IsEmpty; person++)
        {
            var similarity = Math.Clamp(SimilarityOf(person, probe, ref templates) * scale, -1, 1);
            // Not above the last one is not in: of equal ones the earlier stays.
            if (count == best.Length && !(similarity > best[^1].Similarity))
                continue;
            count = Math.Min(count + 1, best.Length);
            Insert(best[..count], new Match(people[person], similarity, people[person].ThresholdIn(snapshot.GroupThreshold)));
        }

        return count;
    }

    private static HashSet<Guid> IdsOf(GallerySnapshot snapshot)
    {
        var ids = new HashSet<Guid>(snapshot.People.Length);
        foreach (var person in snapshot.People)
            ids.Add(person.Id);
        return ids;
    }

    private static float ScaleOf(ReadOnlySpan<float> probe)
    {
        var squared = TensorPrimitives.SumOfSquares(probe);
        if (!(squared >= LeastSquaredNorm && float.IsFinite(squared)))
            throw new ArgumentException("A probe without direction: its norm is zero or not finite.", nameof(probe));
        return 1 / MathF.Sqrt(squared);
    }

    private float SimilarityOf(int person, ReadOnlySpan<float> probe, ref NearestTemplates nearest)
    {
        nearest.Clear();
        for (var row = snapshot.FirstTemplates[person]; row < snapshot.FirstTemplates[person + 1]; row++)
            nearest.Offer(row, TensorPrimitives.Dot(probe, Row(row)));
        return nearest.Count == 1 ? nearest.Best : nearest.Similarity(SquaredLength(nearest));
    }

    /// <summary>Of the sum of unit vectors.</summary>
    private float SquaredLength(in NearestTemplates nearest)
    {
        float squared = nearest.Count;
        for (var i = 0; i < nearest.Count; i++)
        {
            for (var j = 0; j < i; j++)
                squared += 2 * TensorPrimitives.Dot(Row(nearest[i]), Row(nearest[j]));
        }

        return squared;
    }

    private ReadOnlySpan<float> Row(int row) => snapshot.Vectors.Slice(row * snapshot.Dimension, snapshot.Dimension);

    /// <summary>Puts a match into its place; the last element is free or falls out.</summary>
    private static void Insert(Span<Match> best, Match match)
    {
        var at = best.Length - 1;
        for (; at > 0 && best[at - 1].Similarity < match.Similarity; at--)
            best[at] = best[at - 1];
        best[at] = match;
    }
}
