using EdgeFace.Core.Faces;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Tests;

/// <summary>People at corners of a space, so that similarities can be chosen: the first at axis 0, the second at axis 1, and so on.</summary>
internal sealed class FakeGallery(params Person[] people) : IGallerySearch
{
    public const string Model = "mobilefacenet@0123456789ab";
    public const int Dimension = 8;

    public static readonly Person Anna = new(new Guid("01890000-0000-7000-8000-000000000001"), "Anna", DateTimeOffset.UnixEpoch);
    public static readonly Person Bert = new(new Guid("01890000-0000-7000-8000-000000000002"), "Bert", DateTimeOffset.UnixEpoch);

    public int People => people.Length;

    /// <summary>As if there were so many; default: one a person.</summary>
    public int? TemplateCount { get; init; }

    public int Templates => TemplateCount ?? people.Length;

    public long Revision => 7;

    public string ModelId => Model;

    /// <summary>A face as similar to the person of each axis as is said; the rest of its length points away from all people.</summary>
    public static Embedding Face(float toFirst, float toSecond = 0, int away = 7)
    {
        var values = new float[Dimension];
        values[0] = toFirst;
        values[1] = toSecond;
        values[away] = MathF.Sqrt(MathF.Max(0, 1 - toFirst * toFirst - toSecond * toSecond));
        return Embedding.Normalize(Model, values);
    }

    public bool Contains(Guid person) => people.Any(known => known.Id == person);

    /// <summary>What the last search asked for.</summary>
    public int Nearest { get; private set; }

    public int Search(ReadOnlySpan<float> probe, Span<Match> best, int nearest = 1)
    {
        Nearest = nearest;
        var matches = new Match[people.Length];
        for (var i = 0; i < people.Length; i++)
            matches[i] = new Match(people[i], probe[i], people[i].Threshold);
        Array.Sort(matches, static (a, b) => b.Similarity.CompareTo(a.Similarity));
        var count = Math.Min(best.Length, matches.Length);
        matches.AsSpan(0, count).CopyTo(best);
        return count;
    }
}
