using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision;

namespace EdgeFace.Inference;

/// <summary>
/// Finds faces. The frame is fitted into the model's input (416x320 unless told otherwise; to the right or below padded with its mean), so
/// that a face must fill about 13 input pixels to be found: 1/32 of the frame's width, 40 pixels at 1280x720 and 125 at 12
/// megapixels. Not for several threads at once.
/// </summary>
public sealed class FaceDetector : IDisposable
{
    private readonly BoundSession _session;
    private readonly DetectionDecoder _decoder;
    private readonly Letterboxer _letterboxer;
    private readonly Frame _input;
    private readonly ModelInput _tensor;
    private readonly FaceDetection[] _candidates;
    private readonly float _nmsThreshold;
    private float _scoreThreshold;

    /// <exception cref="InputException">The package is not a detector, or its file does not fit its manifest.</exception>
    public FaceDetector(ModelPackage package, InferenceOptions options)
    {
        var manifest = package.Require(ModelKind.Detector).Manifest;
        _decoder = DetectionDecoder.For(package);
        _session = BoundSession.Open(package, options);
        _tensor = manifest.Input;
        // The level that the network sees as zero.
        var padding = (byte)Math.Clamp(MathF.Round(_tensor.Mean), byte.MinValue, byte.MaxValue);
        _letterboxer = new Letterboxer(_tensor.Width, _tensor.Height, padding);
        _input = new Frame(_tensor.Width, _tensor.Height, PixelFormat.Bgr24);
        _candidates = new FaceDetection[_decoder.Capacity];
        _nmsThreshold = manifest.Thresholds.Nms!.Value;
        _scoreThreshold = manifest.Thresholds.Score!.Value;
        ModelId = package.Id;
    }

    /// <summary>The model's identity, see <see cref="ModelPackage.Id"/>.</summary>
    public string ModelId { get; }

    /// <summary>Width of the model's input in pixels.</summary>
    public int InputWidth => _tensor.Width;

    /// <summary>Height of the model's input in pixels.</summary>
    public int InputHeight => _tensor.Height;

    /// <summary>The most faces that one frame can give.</summary>
    internal int Capacity => _candidates.Length;

    /// <summary>Least score of a face, 0..1; the manifest's at first. May be set from another thread between frames.</summary>
    public float ScoreThreshold
    {
        get => Volatile.Read(ref _scoreThreshold);
        set
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(value), value, "A score lies within 0..1.");
            Volatile.Write(ref _scoreThreshold, value);
        }
    }

    /// <summary>Finds the faces of a frame, best first. Allocates nothing once it has seen a frame of this size.</summary>
    /// <param name="bgr">A frame of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="results">Takes as many as fit, in pixels of the frame; boxes may reach outside it.</param>
    /// <returns>How many were written.</returns>
    public int Detect(Frame bgr, Span<FaceDetection> results)
    {
        var letterbox = _letterboxer.Apply(bgr, _input);
        _session.Run(_input);
        var found = _decoder.Decode(_session, ScoreThreshold, _candidates);
        var kept = NonMaxSuppression.Apply(_candidates.AsSpan(0, found), _nmsThreshold);
        var count = Math.Min(kept, results.Length);
        for (var i = 0; i < count; i++)
            results[i] = ToSource(letterbox, _candidates[i]);
        return count;
    }

    public void Dispose() => _session.Dispose();

    private static FaceDetection ToSource(in Letterbox letterbox, in FaceDetection found) => found with
    {
        Box = letterbox.ToSource(found.Box),
        Landmarks = found.Landmarks is not { } points ? null : new Landmarks5(
            letterbox.ToSource(points.LeftEye),
            letterbox.ToSource(points.RightEye),
            letterbox.ToSource(points.Nose),
            letterbox.ToSource(points.LeftMouth),
            letterbox.ToSource(points.RightMouth)),
    };
}
