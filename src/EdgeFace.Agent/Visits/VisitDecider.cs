using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Visits;

/// <summary>What came of a face.</summary>
internal enum Verdict
{
    /// <summary>The decision stands as it was.</summary>
    Unchanged,

    /// <summary>The decision changed.</summary>
    Changed,

    /// <summary>The last faces are somebody else's: the visit ends here and another one begins.</summary>
    SomebodyElse,
}

/// <summary>
/// Decides who a visit is, from its faces alone: no clock, no I/O, so that a recording decides again as it did.
/// Undecided becomes known as soon as enough faces agree, or unknown once enough were compared; unknown may still
/// become known; known never becomes unknown, since turning away from the camera does not change who it is.
/// </summary>
internal sealed class VisitDecider(RecognitionPolicy policy)
{
    private readonly FusedTemplate _template = new();
    private readonly Dictionary<Guid, int> _votes = [];
    private readonly Identifier _identifier = new(policy);
    private int _strangers;

    /// <summary>What <see cref="Similarity"/> must reach: the threshold of the person, or of the nearest one when unknown.</summary>
    public float Threshold { get; private set; } = policy.Threshold;

    /// <summary>Rate at which a stranger's single face would reach the threshold in this gallery; null when it is not known.</summary>
    public double? FpirIn(IGallerySearch gallery) => policy.Rule.FpirOf(Threshold, gallery.Templates);

    public VisitDecision Decision { get; private set; }

    /// <summary>Null unless known.</summary>
    public Person? Person { get; private set; }

    /// <summary>Similarity of the visit's template to its person, or to the best one when unknown; null before the first face.</summary>
    public float? Similarity { get; private set; }

    public float? BestSimilarity { get; private set; }

    /// <summary>Faces compared.</summary>
    public int Faces => _template.Count;

    /// <summary>Takes the next face in.</summary>
    /// <param name="embedding">Of the gallery's model.</param>
    /// <param name="quality">0..1.</param>
    /// <param name="gallery">As it is now; it may change between two faces.</param>
    public Verdict Observe(Embedding embedding, float quality, IGallerySearch gallery)
    {
        if (IsSomebodyElse(embedding))
        {
            if (++_strangers >= policy.TakeoverFaces)
                return Verdict.SomebodyElse;
            return Verdict.Unchanged;
        }

        _strangers = 0;
        _template.Add(embedding, quality);
        var forgotten = Forget(gallery);
        Vote(embedding, gallery);
        return Decide(gallery) || forgotten ? Verdict.Changed : Verdict.Unchanged;
    }

    /// <summary>A person who has left the gallery is not named any more, whoever the visit was.</summary>
    /// <returns>Whether the visit was theirs.</returns>
    public bool Forget(IGallerySearch gallery)
    {
        if (Person is not { } person || gallery.Contains(person.Id))
            return false;
        _votes.Remove(person.Id);
        Decision = VisitDecision.Unknown;
        (Person, Similarity, Threshold) = (null, null, policy.Threshold);
        return true;
    }

    private bool IsSomebodyElse(Embedding embedding)
        => _template.Count >= policy.KnownAfterFaces && embedding.CosineTo(_template.Mean!) < policy.TakeoverSimilarity;

    private void Vote(Embedding embedding, IGallerySearch gallery)
    {
        if (_identifier.Find(embedding, gallery) is not { } found || !found.Reaches(policy.VoteSlack))
            return;
        var id = found.Person.Id;
        _votes[id] = _votes.GetValueOrDefault(id) + 1;
    }

    private bool Decide(IGallerySearch gallery)
    {
        var found = _identifier.Find(_template.Mean!, gallery);
        if (found?.Similarity > (BestSimilarity ?? float.NegativeInfinity))
            BestSimilarity = found.Value.Similarity;

        var matches = found is { IsKnown: true } nearest && _votes.GetValueOrDefault(nearest.Person.Id) >= policy.KnownAfterFaces;
        if (Decision == VisitDecision.Known)
            return matches && Confirm(found!.Value);
        if (matches)
            return Become(found!.Value);

        (Similarity, Threshold) = (found?.Similarity, found?.Threshold ?? policy.Threshold);
        if (Decision != VisitDecision.Undecided || _template.Count < policy.UnknownAfterFaces)
            return false;
        Decision = VisitDecision.Unknown;
        return true;
    }

    private bool Confirm(in Finding found)
    {
        // The name, or the threshold, may be another one now.
        if (found.Person.Id == Person!.Id)
            return !Become(found);
        return found.Similarity >= Similarity + policy.SwitchMargin && Become(found);
    }

    private bool Become(in Finding found)
    {
        Decision = VisitDecision.Known;
        (Person, Similarity, Threshold) = (found.Person, found.Similarity, found.Threshold);
        return true;
    }
}
