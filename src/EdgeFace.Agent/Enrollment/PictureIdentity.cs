using EdgeFace.Agent.Commands;
using EdgeFace.Core.Imaging;
using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Enrollment;

/// <summary>Who is in a picture.</summary>
internal sealed record PictureIdentity(string Picture, int Width, int Height, float Threshold, int People, IReadOnlyList<PictureIdentity.Face> Faces)
{
    /// <param name="Decision"><c>known</c>, <c>unknown</c>, or <c>undecided</c> where the face could not be aligned.</param>
    internal sealed record Face(string Decision, Guid? PersonId, string? Name, float? Similarity, float DetectionScore, float Quality, FaceJson Box);

    /// <param name="name">What the picture is called.</param>
    public static PictureIdentity Of(string name, Frame picture, FaceModels models, IGallerySearch search, float threshold)
        => new(name, picture.Width, picture.Height, threshold, search.People, [.. new FaceAnalyzer(models).Analyze(picture).Select(face => Describe(face, search, threshold))]);

    private static Face Describe(AnalyzedFace face, IGallerySearch search, float threshold)
    {
        var best = new Match[1];
        var found = face.Embedding is not null && search.Search(face.Embedding.Values, best) > 0;
        var known = found && best[0].Similarity >= threshold;
        var decision = face.Embedding is null ? "undecided" : known ? "known" : "unknown";
        return new Face(
            decision, known ? best[0].Person.Id : null, known ? best[0].Person.Name : null, found ? best[0].Similarity : null,
            face.Detection.Score, face.Quality.Total, FaceJson.Of(face.Detection.Box));
    }
}
