using System.Globalization;
using EdgeFace.Agent.Configuration;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Enrollment;

/// <summary>What came of one picture: a face to enrol, or why it was refused.</summary>
internal sealed record EnrollmentVerdict(string Picture, AnalyzedFace? Face, string? Refusal);

/// <summary>Whether a picture is good enough to enrol a person with. A poor template is a false alarm for years.</summary>
internal sealed class EnrollmentCheck(FaceAnalyzer analyzer, EnrollmentOptions options)
{
    public EnrollmentVerdict Check(string name, Frame picture, bool largest)
    {
        var faces = analyzer.Analyze(picture);
        if (faces.Count == 0)
            return Refuse(name, "no face was found; the face should fill at least a tenth of the picture's width, upright and well lit");
        if (faces.Count > 1 && !largest)
            return Refuse(name, $"{faces.Count} faces were found; crop the picture to one, or take the largest with --largest");

        var face = faces.MaxBy(candidate => candidate.Detection.Box.Area)!;
        var side = Math.Min(face.Detection.Box.Width, face.Detection.Box.Height);
        if (side < options.MinFacePixels)
            return Refuse(name, Invariant($"the face is too small: {side:0} pixels, at least {options.MinFacePixels} are needed"));
        if (face.Quality.Sharpness < options.MinSharpness)
            return Refuse(name, Invariant($"the face is too blurred: sharpness {face.Quality.Sharpness:0.00}, at least {options.MinSharpness:0.00} is needed"));
        return face.Embedding is null
            ? Refuse(name, "the face could not be aligned; take a picture from the front")
            : new EnrollmentVerdict(name, face, null);
    }

    private static EnrollmentVerdict Refuse(string name, string reason) => new(name, null, reason);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
