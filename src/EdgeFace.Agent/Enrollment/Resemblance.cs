using EdgeFace.Agent.Visits;
using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Enrollment;

/// <summary>Whom new faces look like.</summary>
internal static class Resemblance
{
    /// <summary>Another person that the new faces would be taken for: a double entry, or a threshold that will not tell them apart.</summary>
    public static Match? Find(IGallerySearch search, RecognitionPolicy policy, string name, List<EnrollmentVerdict> good)
    {
        var identifier = new Identifier(policy.For(search));
        Match? closest = null;
        foreach (var verdict in good)
        {
            if (identifier.FindOther(verdict.Face!.Embedding!, search, name.Trim()) is { IsKnown: true } found && found.Similarity > (closest?.Similarity ?? -1))
                closest = found.Nearest;
        }

        return closest;
    }
}
