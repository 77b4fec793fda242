using EdgeFace.Core.Faces;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Visits;

/// <summary>The person nearest to a face, and what a face must reach to be theirs.</summary>
internal readonly record struct Finding(Match Nearest, float Threshold)
{
    public Person Person => Nearest.Person;

    public float Similarity => Nearest.Similarity;

    public bool IsKnown => Reaches(slack: 0);

    /// <summary>Whether the similarity is at most so much below the threshold.</summary>
    public bool Reaches(float slack) => Similarity >= Threshold - slack;
}

/// <summary>
/// Who a face is: the one place where a face is compared with the gallery and held against a threshold, for visits, pictures, new
/// faces and recordings. The nearest person decides, by their own threshold if they have one: a face that is not enough like them is
/// nobody's, even if it reaches the lower threshold of somebody it is less like. Not for several threads.
/// </summary>
internal sealed class Identifier(RecognitionPolicy policy)
{
    private readonly Match[] _best = new Match[2];

    /// <summary>Null when nobody is enrolled. Allocates nothing.</summary>
    public Finding? Find(Embedding face, IGallerySearch gallery)
        => gallery.Search(face.Values, _best.AsSpan(0, 1), policy.NearestTemplates) > 0 ? Judge(_best[0]) : null;

    /// <summary>The nearest of those who are called otherwise.</summary>
    public Finding? FindOther(Embedding face, IGallerySearch gallery, string name)
    {
        var count = gallery.Search(face.Values, _best, policy.NearestTemplates);
        for (var i = 0; i < count; i++)
        {
            if (!_best[i].Person.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return Judge(_best[i]);
        }

        return null;
    }

    private Finding Judge(in Match match) => new(match, match.Threshold ?? policy.Threshold);
}
