using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Models;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>The product's own detector, opened for each input size that a rule asks for.</summary>
/// <param name="source">The model.</param>
/// <param name="rule">Says the input size of a picture.</param>
/// <param name="scoreThreshold">In place of the manifest's.</param>
/// <param name="nmsThreshold">In place of the manifest's.</param>
internal sealed class SizedDetectors(
    DescribedModel source, InputRule rule, float scoreThreshold, float nmsThreshold, InferenceOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Each holds a session with its buffers: more than a few would fill the memory.</summary>
    private const int MaxOpen = 8;

    private readonly ScratchFolder _scratch = new();
    private readonly Dictionary<(int Width, int Height), FaceDetector> _open = [];
    private readonly Queue<(int Width, int Height)> _order = new();
    private FaceDetection[] _found = [];

    /// <summary>Time spent in <see cref="FaceDetector.Detect"/>.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Best score first, in pixels of the picture.</summary>
    /// <exception cref="Core.InputException">The model does not run at the size that the rule asks for.</exception>
    public FaceDetection[] Detect(Frame bgr)
    {
        var detector = For(rule.For(bgr.Width, bgr.Height));
        if (_found.Length < detector.Capacity)
            _found = new FaceDetection[detector.Capacity];
        var start = time.GetTimestamp();
        var count = detector.Detect(bgr, _found);
        Elapsed += time.GetElapsedTime(start);
        return _found[..count];
    }

    public void Dispose()
    {
        foreach (var detector in _open.Values)
            detector.Dispose();
        _scratch.Dispose();
    }

    private FaceDetector For((int Width, int Height) size)
    {
        if (_open.TryGetValue(size, out var open))
            return open;
        if (_open.Count == MaxOpen && _open.Remove(_order.Dequeue(), out var oldest))
            oldest.Dispose();
        var detector = Open(size);
        _open.Add(size, detector);
        _order.Enqueue(size);
        return detector;
    }

    private FaceDetector Open((int Width, int Height) size)
    {
        var sized = ModelAtSize.Make(source, size.Width, size.Height);
        var thresholds = sized.Manifest.Thresholds with { Score = scoreThreshold, Nms = nmsThreshold };
        var folder = _scratch.Path;
        ModelFolderFiles.Write(folder, sized.Bytes, sized.Manifest with { Thresholds = thresholds });
        return new FaceDetector(ModelPackage.Load(folder), options);
    }
}
