using EdgeFace.Agent.Commands;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Imaging;
using EdgeFace.Gallery;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Enrollment;

/// <summary>Who is in a picture.</summary>
/// <param name="Threshold">The board's own.</param>
internal sealed record PictureIdentity(string Picture, int Width, int Height, float Threshold, int People, IReadOnlyList<PictureIdentity.Face> Faces)
{
    /// <param name="Decision"><c>known</c>, <c>unknown</c>, or <c>undecided</c> where the face could not be aligned.</param>
    /// <param name="Similarity">To the nearest person.</param>
    /// <param name="Threshold">That they ask for; null when nobody was compared.</param>
    internal sealed record Face(
        string Decision, Guid? PersonId, string? Name, float? Similarity, float? Threshold, float DetectionScore, float Quality, FaceJson Box);

    /// <param name="name">What the picture is called.</param>
    /// <param name="picture">Any size.</param>
    /// <param name="models">Used by this thread alone.</param>
    /// <param name="search">The gallery.</param>
    /// <param name="policy">As configured; it follows the gallery's size.</param>
    public static PictureIdentity Of(string name, Frame picture, FaceModels models, IGallerySearch search, RecognitionPolicy policy)
    {
        var current = policy.For(search);
        var identifier = new Identifier(current);
        return new(
            name, picture.Width, picture.Height, current.Threshold, search.People,
            [.. new FaceAnalyzer(models).Analyze(picture).Select(face => Describe(face, search, identifier))]);
    }

    private static Face Describe(AnalyzedFace face, IGallerySearch search, Identifier identifier)
    {
        var found = face.Embedding is null ? null : identifier.Find(face.Embedding, search);
        var person = found is { IsKnown: true } known ? known.Person : null;
        var decision = face.Embedding is null ? "undecided" : person is not null ? "known" : "unknown";
        return new Face(
            decision, person?.Id, person?.Name, found?.Similarity, found?.Threshold, face.Detection.Score, face.Quality.Total, FaceJson.Of(face.Detection.Box));
    }
}
