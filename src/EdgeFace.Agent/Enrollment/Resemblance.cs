using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Enrollment;

/// <summary>Whom new faces look like.</summary>
internal static class Resemblance
{
    /// <summary>Another person that the new faces look like: a double entry, or a threshold that will not tell them apart.</summary>
    public static Match? Find(GalleryStore store, FaceEmbedder embedder, string name, List<EnrollmentVerdict> good, float threshold)
    {
        var search = new ExactSearch(store.Snapshot(embedder.ModelId));
        var best = new Match[2];
        Match? found = null;
        foreach (var verdict in good)
        {
            var count = search.Search(verdict.Face!.Embedding!.Values, best);
            foreach (var match in best.AsSpan(0, count))
            {
                if (match.Similarity >= threshold && !match.Person.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)
                    && match.Similarity > (found?.Similarity ?? 0))
                {
                    found = match;
                }
            }
        }

        return found;
    }
}
