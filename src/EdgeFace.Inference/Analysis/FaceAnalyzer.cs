using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Inference;

/// <summary>A face of a still picture with all that the models say of it.</summary>
/// <param name="Detection">In pixels of the picture.</param>
/// <param name="Landmarks">In pixels of the picture.</param>
/// <param name="Quality">How well the face serves recognition.</param>
/// <param name="Embedding">Null when the points do not span a face that could be aligned.</param>
/// <param name="Aligned">The picture that was embedded; null together with <paramref name="Embedding"/>.</param>
public sealed record AnalyzedFace(
    FaceDetection Detection, Landmarks5 Landmarks, FaceQualityScore Quality, Embedding? Embedding, Frame? Aligned);

/// <summary>
/// Detector, landmarks, alignment and embedder in one go, for still pictures such as enrolment photographs; a running
/// camera uses the models themselves. Large pictures are halved step by step before a model sees them, so that a
/// photograph of 12 megapixels gives what the same photograph of one megapixel gives. The detector still looks at the whole
/// picture at its own size (320x240): in 4000x3000 it finds faces from about 125 pixels on. Not for several threads at once.
/// </summary>
public sealed class FaceAnalyzer(FaceModels models)
{
    /// <summary>The most faces that one picture gives.</summary>
    public const int MaxFaces = 256;

    private readonly FaceDetection[] _detections = new FaceDetection[MaxFaces];

    /// <summary>Finds and describes the faces of a picture, best score first.</summary>
    /// <param name="bgr">A picture of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    public IReadOnlyList<AnalyzedFace> Analyze(Frame bgr)
    {
        var pyramid = new FramePyramid(bgr);
        var detector = models.Detector;
        var shrink = MathF.Max((float)bgr.Width / detector.InputWidth, (float)bgr.Height / detector.InputHeight);
        var level = pyramid.For(shrink, out var scale);
        var count = detector.Detect(level, _detections);
        var faces = new List<AnalyzedFace>(count);
        foreach (var detection in _detections.AsSpan(0, count))
            faces.Add(Describe(bgr, pyramid, detection with { Box = Unscale(detection.Box, scale) }));
        return faces;
    }

    private AnalyzedFace Describe(Frame bgr, FramePyramid pyramid, FaceDetection detection)
    {
        var size = MathF.Sqrt(detection.Box.Area);
        var level = pyramid.For(size / models.Landmarker.InputSize, out var scale);
        var landmarks = Map(models.Landmarker.Locate(level, Scale(detection.Box, scale)), new Vector2(1 / scale.X, 1 / scale.Y));
        detection = detection with { Landmarks = landmarks };
        var quality = FaceQuality.Measure(bgr, detection.Box, landmarks, detection.Score);
        var aligned = Align(pyramid, landmarks, size);
        return new AnalyzedFace(detection, landmarks, quality, aligned is null ? null : models.Embedder.Embed(aligned), aligned);
    }

    private Frame? Align(FramePyramid pyramid, Landmarks5 landmarks, float size)
    {
        var embedder = models.Embedder;
        var level = pyramid.For(size / embedder.AlignedSize, out var scale);
        var aligned = new Frame(embedder.AlignedSize, embedder.AlignedSize, PixelFormat.Bgr24);
        return embedder.TryAlign(level, Map(landmarks, new Vector2(scale.X, scale.Y)), aligned) ? aligned : null;
    }

    private static FaceBox Scale(FaceBox box, (float X, float Y) scale)
        => new(box.X * scale.X, box.Y * scale.Y, box.Width * scale.X, box.Height * scale.Y);

    private static FaceBox Unscale(FaceBox box, (float X, float Y) scale) => Scale(box, (1 / scale.X, 1 / scale.Y));

    private static Landmarks5 Map(Landmarks5 points, Vector2 scale) => new(
        points.LeftEye * scale, points.RightEye * scale, points.Nose * scale, points.LeftMouth * scale, points.RightMouth * scale);
}
