using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Vision;

namespace EdgeFace.Agent.Pipeline;

/// <summary>Converts a captured frame to BGR, once, and finds the faces in it.</summary>
/// <param name="models">Of which only the detector is used, by this stage's thread alone.</param>
/// <param name="maxFaces">Findings taken from a frame.</param>
/// <param name="output">To the track stage.</param>
/// <param name="depth">Results that can be under way at once: the output's capacity, one here and one there.</param>
/// <param name="convertMeter">Counts the conversion.</param>
/// <param name="detectMeter">Counts the detection.</param>
internal sealed class DetectStage(
    FaceModels models, int maxFaces, StageQueue<DetectedFrame> output, int depth, StageMeter convertMeter, StageMeter detectMeter)
{
    private readonly FaceSampler _sampler = new(models);
    private readonly Lock _lock = new();
    private readonly Stack<DetectedFrame> _free = [];
    private FramePool? _pool;

    public void Process(CapturedFrame captured)
    {
        var detected = Rent();
        if (captured.Frame is { } frame)
        {
            using (convertMeter.Start())
                detected.Frame = ToBgr(frame);
            using (detectMeter.Start())
            {
                _sampler.Show(detected.Frame);
                detected.Count = _sampler.Detect(detected.Faces);
            }
        }

        if (!output.Add(detected))
            Return(detected);
    }

    /// <summary>Takes a result back; called by the stage that used it, or for one that was dropped.</summary>
    public void Return(DetectedFrame detected)
    {
        detected.Frame?.Release();
        detected.Frame = null;
        detected.Count = 0;
        lock (_lock)
            _free.Push(detected);
    }

    private DetectedFrame Rent()
    {
        lock (_lock)
            return _free.TryPop(out var detected) ? detected : new DetectedFrame(maxFaces);
    }

    private Frame ToBgr(Frame frame)
    {
        if (frame.Format == PixelFormat.Bgr24)
            return frame;
        if (_pool is null || _pool.Width != frame.Width || _pool.Height != frame.Height)
        {
            _pool = new FramePool(frame.Width, frame.Height, PixelFormat.Bgr24);
            _pool.Reserve(depth);
        }

        var bgr = _pool.Rent();
        ColorConverter.I420ToBgr(frame, bgr);
        bgr.Sequence = frame.Sequence;
        bgr.Timestamp = frame.Timestamp;
        bgr.CapturedAt = frame.CapturedAt;
        bgr.MediaTime = frame.MediaTime;
        frame.Release();
        return bgr;
    }
}
