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
    private readonly Match[] _best = new Match[1];
    private int _strangers;

    /// <summary>Similarity from which on this visit's face counts as known.</summary>
    public float Threshold => policy.Threshold;

    /// <summary>Rate at which a stranger's single face would reach the threshold in this gallery; null when it is not known.</summary>
    public double? FpirIn(IGallerySearch gallery) => policy.Rule.FpirOf(policy.Threshold, gallery.Templates);

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
        return Become(VisitDecision.Unknown, person: null, similarity: null);
    }

    private bool IsSomebodyElse(Embedding embedding)
        => _template.Count >= policy.KnownAfterFaces && embedding.CosineTo(_template.Mean!) < policy.TakeoverSimilarity;

    private void Vote(Embedding embedding, IGallerySearch gallery)
    {
        if (gallery.Search(embedding.Values, _best) == 0 || _best[0].Similarity < policy.Threshold - policy.VoteSlack)
            return;
        var id = _best[0].Person.Id;
        _votes[id] = _votes.GetValueOrDefault(id) + 1;
    }

    private bool Decide(IGallerySearch gallery)
    {
        var found = gallery.Search(_template.Mean!.Values, _best) > 0;
        var similarity = found ? _best[0].Similarity : (float?)null;
        if (similarity > (BestSimilarity ?? float.NegativeInfinity))
            BestSimilarity = similarity;

        var matches = found && similarity >= policy.Threshold && _votes.GetValueOrDefault(_best[0].Person.Id) >= policy.KnownAfterFaces;
        if (Decision == VisitDecision.Known)
            return matches && Confirm(_best[0]);
        if (matches)
            return Become(VisitDecision.Known, _best[0].Person, similarity);

        Similarity = similarity;
        return Decision == VisitDecision.Undecided && _template.Count >= policy.UnknownAfterFaces
            && Become(VisitDecision.Unknown, person: null, similarity);
    }

    private bool Confirm(in Match match)
    {
        if (match.Person.Id == Person!.Id)
        {
            // The name may be another one now.
            Person = match.Person;
            Similarity = match.Similarity;
            return false;
        }

        return match.Similarity >= Similarity + policy.SwitchMargin && Become(VisitDecision.Known, match.Person, match.Similarity);
    }

    private bool Become(VisitDecision decision, Person? person, float? similarity)
    {
        Decision = decision;
        Person = person;
        Similarity = similarity;
        return true;
    }
}
