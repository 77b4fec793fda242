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
/// picture at its own size (416x320): in 4000x3000 it finds faces from about 125 pixels on. Not for several threads at once.
/// </summary>
public sealed class FaceAnalyzer(FaceModels models)
{
    /// <summary>The most faces that one picture gives.</summary>
    public const int MaxFaces = 256;

    private readonly FaceDetection[] _detections = new FaceDetection[MaxFaces];
    private readonly FaceSampler _sampler = new(models);

    /// <summary>Finds and describes the faces of a picture, best score first.</summary>
    /// <param name="bgr">A picture of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    public IReadOnlyList<AnalyzedFace> Analyze(Frame bgr)
    {
        _sampler.Show(bgr);
        var count = _sampler.Detect(_detections);
        var faces = new List<AnalyzedFace>(count);
        foreach (var detection in _detections.AsSpan(0, count))
            faces.Add(Describe(bgr, detection));
        return faces;
    }

    private AnalyzedFace Describe(Frame bgr, FaceDetection detection)
    {
        var landmarks = _sampler.Locate(detection.Box);
        detection = detection with { Landmarks = landmarks };
        var quality = FaceQuality.Measure(bgr, detection.Box, landmarks, detection.Score);
        var aligned = new Frame(models.Embedder.AlignedSize, models.Embedder.AlignedSize, PixelFormat.Bgr24);
        if (!_sampler.TryAlign(detection.Box, landmarks, aligned))
            return new AnalyzedFace(detection, landmarks, quality, Embedding: null, Aligned: null);
        return new AnalyzedFace(detection, landmarks, quality, models.Embedder.Embed(aligned), aligned);
    }
}
