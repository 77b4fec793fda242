using System.ComponentModel.DataAnnotations;
using System.Globalization;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Inference;

/// <summary>What a picture must be like to enrol a person; the settings <c>enrollment</c> of agent and server.</summary>
public sealed record EnrollmentRules
{
    /// <summary>Shorter side of the face, in pixels; default 60.</summary>
    [Range(16, 2000)]
    public int MinFacePixels { get; init; } = 60;

    /// <summary>Sharpness of the face, 0..1; default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double MinSharpness { get; init; } = 0.2;
}

/// <summary>Why a picture does not do.</summary>
public enum EnrollmentFault
{
    NoFace,
    SeveralFaces,
    TooSmall,
    TooBlurred,
    NotAligned,
}

/// <summary>What came of one picture: a face to enrol, or why it was refused.</summary>
/// <param name="Picture">What the picture is called.</param>
/// <param name="Face">The face, with its vector; of a refused picture the face that was looked at, if there was one.</param>
/// <param name="Fault">Null when the picture is good enough.</param>
/// <param name="Refusal">One line for people; null together with <paramref name="Fault"/>.</param>
public sealed record EnrollmentVerdict(string Picture, AnalyzedFace? Face, EnrollmentFault? Fault, string? Refusal)
{
    public bool Accepted => Fault is null && Refusal is null;
}

/// <summary>Whether a picture is good enough to enrol a person with. A poor template is a false alarm for years.</summary>
public sealed class EnrollmentCheck(FaceAnalyzer analyzer, EnrollmentRules rules)
{
    /// <summary>Judges the only face of a picture, or its largest.</summary>
    /// <param name="name">What messages call the picture.</param>
    /// <param name="picture">Of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="largest">Take the largest of several faces instead of refusing.</param>
    public EnrollmentVerdict Check(string name, Frame picture, bool largest)
    {
        var faces = analyzer.Analyze(picture);
        if (faces.Count == 0)
            return new(name, null, EnrollmentFault.NoFace, "no face was found; the face should fill at least a tenth of the picture's width, upright and well lit");
        var face = faces.MaxBy(candidate => candidate.Detection.Box.Area)!;
        EnrollmentVerdict Refuse(EnrollmentFault fault, FormattableString reason) => new(name, face, fault, reason.ToString(CultureInfo.InvariantCulture));
        if (faces.Count > 1 && !largest)
            return Refuse(EnrollmentFault.SeveralFaces, $"{faces.Count} faces were found; crop the picture to one");

        var side = Math.Min(face.Detection.Box.Width, face.Detection.Box.Height);
        if (side < rules.MinFacePixels)
            return Refuse(EnrollmentFault.TooSmall, $"the face is too small: {side:0} pixels, at least {rules.MinFacePixels} are needed");
        if (face.Quality.Sharpness < rules.MinSharpness)
            return Refuse(EnrollmentFault.TooBlurred, $"the face is too blurred: sharpness {face.Quality.Sharpness:0.00}, at least {rules.MinSharpness:0.00} is needed");
        return face.Embedding is null
            ? Refuse(EnrollmentFault.NotAligned, $"the face could not be aligned; take a picture from the front")
            : new EnrollmentVerdict(name, face, null, null);
    }
}
