using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Core.Recognition;
using EdgeFace.Core;
using EdgeFace.Vision;

namespace EdgeFace.Inference;

/// <summary>
/// Turns an aligned face into a vector whose cosine says how alike two faces are. Not for several threads at once.
/// </summary>
public sealed class FaceEmbedder : IDisposable
{
    private readonly BoundSession _session;
    private readonly ModelInput _tensor;
    private readonly Vector2[] _template;

    /// <exception cref="InputException">The package is not an embedder, or its file does not fit its manifest.</exception>
    public FaceEmbedder(ModelPackage package, InferenceOptions options)
    {
        var manifest = package.Require(ModelKind.Embedder).Manifest;
        if (manifest.Outputs is not [{ Shape: [1, _] }] || manifest.Input.Width != manifest.Input.Height)
            throw new InputException($"{package.Folder}: an embedder needs a square input and one output of [1, dimension].");
        _session = BoundSession.Open(package, options);
        _tensor = manifest.Input;
        _template = [.. manifest.Alignment!.Select(point => new Vector2(point[0], point[1]))];
        Dimension = manifest.Outputs[0].Shape[1];
        DefaultThreshold = manifest.Thresholds.Match!.Value;
        ModelId = package.Id;
        Calibration = ScoreCalibration.Read(Path.Combine(package.Folder, ScoreCalibration.FileName), package.Id);
    }

    /// <summary>What thresholds cost, from the model's folder; null when it was not measured.</summary>
    public ScoreCalibration? Calibration { get; }

    /// <summary>Length of the vectors.</summary>
    public int Dimension { get; }

    /// <summary>Which space the vectors lie in, see <see cref="ModelPackage.Id"/>.</summary>
    public string ModelId { get; }

    /// <summary>Side in pixels of an aligned face.</summary>
    public int AlignedSize => _tensor.Width;

    /// <summary>Least cosine of two pictures of one person, from the manifest; the model's card says at which error rate.</summary>
    public float DefaultThreshold { get; }

    /// <summary>Brings a face into the position that the model was trained on: a least-squares similarity, bilinear. Allocates nothing.</summary>
    /// <param name="bgr">A frame of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="landmarks">In pixels of the frame.</param>
    /// <param name="aligned"><see cref="AlignedSize"/> squared, <see cref="PixelFormat.Bgr24"/>; what lies outside the frame becomes black.</param>
    /// <exception cref="ArgumentException">The frame is of another size or format, or the points span no face.</exception>
    public void Align(Frame bgr, Landmarks5 landmarks, Frame aligned)
    {
        if (!TryAlign(bgr, landmarks, aligned))
            throw new ArgumentException("The points span no face: they coincide, mirror each other, or are not finite.", nameof(landmarks));
    }

    /// <summary>As <see cref="Align"/>, for points of a model that saw no face perhaps: false when they span none.</summary>
    public bool TryAlign(Frame bgr, Landmarks5 landmarks, Frame aligned)
    {
        CheckAligned(aligned);
        Span<Vector2> points = stackalloc Vector2[Landmarks5.Count];
        landmarks.CopyTo(points);
        if (!SimilarityTransform.TryEstimate(points, _template, out var transform))
            return false;
        Warper.Similarity(bgr, transform, aligned);
        return true;
    }

    /// <summary>The vector of an aligned face, of length 1.</summary>
    /// <param name="aligned">From <see cref="Align"/>.</param>
    /// <exception cref="ArgumentException">The frame is of another size, or the vector has no direction.</exception>
    public Embedding Embed(Frame aligned)
    {
        CheckAligned(aligned);
        _session.Run(aligned);
        return Embedding.Normalize(ModelId, _session.Output(0));
    }

    public void Dispose() => _session.Dispose();

    private void CheckAligned(Frame aligned)
    {
        if (aligned.Format != PixelFormat.Bgr24 || aligned.Width != AlignedSize || aligned.Height != AlignedSize)
            throw new ArgumentException($"An aligned face is {AlignedSize}x{AlignedSize} Bgr24, not {aligned.Width}x{aligned.Height} {aligned.Format}.", nameof(aligned));
    }
}
