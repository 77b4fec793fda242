using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Models;
using EdgeFace.Vision;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>
/// Detects as the published figures of YuNet and its neighbours were taken, which differs in five details from what the product
/// does: padding of 127; one scale for both axes, as wanted and not as rounded to whole pixels, on the way in and back; a head with
/// two maps scores cls * obj (the product: its root, in the same order); suppression counts the sides of boxes in inclusive
/// pixels; at most 750 detections in a picture. Together they move the hard set by half a point.
/// </summary>
internal sealed class PublishedCurve : IDisposable
{
    public const string Protocol = "padding with 127, one scale for both axes, score cls * obj where a head has both, suppression on inclusive pixels, at most 750 detections a picture";

    private const byte Padding = 127;
    private const int MostDetections = 750;

    private readonly int _longSide;
    private readonly InputRule _rule;
    private readonly SizedDetectors _detectors;
    private readonly bool _product;

    /// <param name="longSide">Of the scaled picture in pixels.</param>
    public PublishedCurve(DescribedModel source, int longSide, InferenceOptions options, TimeProvider time)
    {
        _longSide = longSide;
        _rule = InputRule.LongSide(longSide);
        _product = source.Manifest.Outputs.Any(output => output.Name.StartsWith("obj", StringComparison.Ordinal));
        var least = _product ? MathF.Sqrt(DetectorProtocol.CurveScore) : DetectorProtocol.CurveScore;
        _detectors = new SizedDetectors(source, _rule, least, nmsThreshold: 1, options, time);
    }

    /// <summary>Time spent in the detector.</summary>
    public TimeSpan Elapsed => _detectors.Elapsed;

    /// <summary>Best score first, in pixels of the picture.</summary>
    public FaceDetection[] Detect(Frame bgr)
    {
        var scale = (double)_longSide / Math.Max(bgr.Width, bgr.Height);
        var kept = new List<FaceDetection>();
        foreach (var face in _detectors.Detect(Canvas(bgr, scale)))
        {
            if (kept.Count == MostDetections)
                break;
            if (!kept.Exists(better => InclusiveIou(better.Box, face.Box) > DetectorProtocol.CurveNms))
                kept.Add(face);
        }

        return [.. kept.Select(face => ToPicture(face, (float)scale))];
    }

    public void Dispose() => _detectors.Dispose();

    private Frame Canvas(Frame bgr, double scale)
    {
        var (width, height) = _rule.For(bgr.Width, bgr.Height);
        var canvas = new Frame(width, height, PixelFormat.Bgr24);
        canvas.Pixels.AsSpan().Fill(Padding);
        var resizer = new BilinearResizer(bgr.Width, bgr.Height, Scaled(bgr.Width, scale), Scaled(bgr.Height, scale), scale);
        resizer.Resize(bgr.Pixels, canvas.Pixels, width * 3);
        return canvas;
    }

    private FaceDetection ToPicture(in FaceDetection face, float scale) => new(
        new FaceBox(face.Box.X / scale, face.Box.Y / scale, face.Box.Width / scale, face.Box.Height / scale),
        _product ? face.Score * face.Score : face.Score,
        Landmarks: null);

    private static int Scaled(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));

    private static float InclusiveIou(in FaceBox a, in FaceBox b)
        => (a with { Width = a.Width + 1, Height = a.Height + 1 }).Iou(b with { Width = b.Width + 1, Height = b.Height + 1 });
}
