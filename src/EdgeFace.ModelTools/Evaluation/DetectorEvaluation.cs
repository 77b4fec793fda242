using System.Globalization;
using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Models;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>How a detector is measured.</summary>
/// <param name="Rule">The input size of a picture.</param>
/// <param name="PublishedSide">When set, the average precision is taken as in <see cref="PublishedCurve"/>, with this long side.</param>
/// <param name="Limited">Only some of the pictures are looked at, which makes the figures incomparable.</param>
internal sealed record DetectorProtocol(InputRule Rule, int? PublishedSide, bool Limited)
{
    /// <summary>Least score of what counts for the average precision.</summary>
    public const float CurveScore = 0.02f;

    /// <summary>Suppression for the average precision.</summary>
    public const float CurveNms = 0.45f;

    /// <summary>The part that all figures share.</summary>
    public string Input => $"{Rule.Describe()}; bilinear, upper left, padding with the model's mean" + Caveat;

    /// <summary>As <see cref="Input"/>, for the average precision.</summary>
    public string CurveInput => PublishedSide is null ? Input : $"{Rule.Describe()}; bilinear, upper left, {PublishedCurve.Protocol}{Caveat}";

    private string Caveat => Limited ? "; limited: not comparable" : "";
}

/// <summary>Measures a detector as the product runs it.</summary>
internal sealed class DetectorEvaluation(DescribedModel source, DetectorProtocol protocol, InferenceOptions options, TimeProvider time)
{
    private static readonly (int Min, int? Max)[] Heights = [(10, 20), (20, 50), (50, 100), (100, 300), (300, null)];
    private static readonly double[] Thresholds = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];

    private readonly double _threshold = Math.Round(source.Manifest.Thresholds.Score!.Value, 6);

    /// <param name="progress">Told the pictures done and their number.</param>
    /// <exception cref="InputException">A picture cannot be read, or the model does not run at a size.</exception>
    public DetectorReport Run(DetectorData data, Action<int, int> progress)
    {
        var count = (data.Labelled?.Count ?? 0) + (data.FaceFree?.Count ?? 0) + (data.Portraits?.Count ?? 0);
        var done = 0;
        void Step() => progress(++done, count);

        var leftOut = data.LeftOut.ToList();
        var (wider, labelled) = data.Labelled is { } pictures ? Wider(pictures, leftOut, Step) : default;
        using var detectors = new SizedDetectors(source, protocol.Rule, DetectorProtocol.CurveScore, source.Manifest.Thresholds.Nms!.Value, options, time);
        var empty = data.FaceFree is { } scenes ? Scores(detectors, scenes, Step) : null;
        var portraits = data.Portraits is { } people ? Scores(detectors, people, Step) : null;
        return new DetectorReport(
            source.Id,
            Machine.Describe(),
            wider,
            empty is null ? null : FaceFree(empty),
            portraits is null ? null : Portraits(portraits),
            [.. Thresholds.Append(_threshold).Concat(Limits(empty)).Distinct().Order().Select(threshold => At(threshold, empty, portraits, labelled))],
            leftOut);
    }

    private (WiderResult Result, IReadOnlyList<PictureResult> Found) Wider(IReadOnlyList<WiderPicture> pictures, List<string> leftOut, Action step)
    {
        var (found, elapsed) = Find(pictures, step);
        var precision = new WiderAveragePrecision(found);
        var landmarks = LandmarkError.Measure(found);
        if (landmarks is null)
            leftOut.Add(pictures.Any(picture => picture.Faces.Any(face => face.Landmarks is not null)) ? "landmark error: the model gives no points" : $"landmark error: no labelled points ({WiderLandmarks.FileName})");
        var result = new WiderResult(
            Curve(),
            found.Count,
            Set(precision, face => face.Easy),
            Set(precision, face => face.Medium),
            Set(precision, face => face.Hard),
            [.. Heights.Select(height => Size(precision, height.Min, height.Max))],
            landmarks is null ? null : new LandmarkResult($"{LandmarkError.Protocol}; {protocol.Input}", landmarks),
            Math.Round(elapsed.TotalMilliseconds / found.Count, 3));
        return (result, found);
    }

    private (List<PictureResult> Found, TimeSpan Elapsed) Find(IReadOnlyList<WiderPicture> pictures, Action step)
    {
        if (protocol.PublishedSide is { } side)
        {
            using var published = new PublishedCurve(source, side, options, time);
            return (Each(published.Detect), published.Elapsed);
        }

        using var detectors = new SizedDetectors(source, protocol.Rule, DetectorProtocol.CurveScore, DetectorProtocol.CurveNms, options, time);
        return (Each(detectors.Detect), detectors.Elapsed);

        List<PictureResult> Each(Func<Frame, FaceDetection[]> detect)
        {
            var found = new List<PictureResult>(pictures.Count);
            foreach (var picture in pictures)
            {
                found.Add(new PictureResult(detect(PictureReader.Read(picture.Path)), picture.Faces));
                step();
            }

            return found;
        }
    }

    private string Curve() => string.Create(
        CultureInfo.InvariantCulture,
        $"{WiderAveragePrecision.Protocol}; {protocol.CurveInput}; score >= {DetectorProtocol.CurveScore}, NMS {DetectorProtocol.CurveNms}");

    private static SetResult Set(WiderAveragePrecision precision, Func<WiderFace, bool> counts)
        => new(precision.Count(counts), Rounded(precision.For(counts)));

    private static SizeResult Size(WiderAveragePrecision precision, int least, int? most)
    {
        bool Counts(WiderFace face) => !face.Invalid && Within(face, least, most);
        return new SizeResult(least, most, precision.Count(Counts), Rounded(precision.For(Counts)));
    }

    /// <summary>The scores of each picture's detections.</summary>
    private static List<float[]> Scores(SizedDetectors detectors, IReadOnlyList<string> pictures, Action step)
    {
        var scores = new List<float[]>(pictures.Count);
        foreach (var picture in pictures)
        {
            scores.Add([.. detectors.Detect(PictureReader.Read(picture)).Select(found => found.Score)]);
            step();
        }

        return scores;
    }

    private EmptySceneResult FaceFree(List<float[]> scores)
    {
        var positives = Positives(scores, _threshold);
        return new EmptySceneResult(
            $"detections at or above the threshold in pictures without a face; {protocol.Input}; {AtThreshold()}",
            scores.Count, _threshold, positives, Per1000(positives, scores.Count));
    }

    private PortraitResult Portraits(List<float[]> scores)
    {
        var with = WithFace(scores, _threshold);
        return new PortraitResult(
            $"pictures with at least one detection at or above the threshold; {protocol.Input}; {AtThreshold()}",
            scores.Count, _threshold, with, Share(with, scores.Count));
    }

    private string AtThreshold() => string.Create(CultureInfo.InvariantCulture, $"score >= {_threshold}, NMS {source.Manifest.Thresholds.Nms}");

    /// <summary>The least thresholds, in hundredths, that leave no more than 0, 1, 2... false positives.</summary>
    private static IEnumerable<double> Limits(List<float[]>? empty)
    {
        const int most = 5;
        return (empty ?? []).SelectMany(scores => scores).OrderDescending().Take(most)
            .Select(score => Math.Floor((score * 100.0) + 1) / 100).Where(threshold => threshold < 1);
    }

    private static ThresholdResult At(double threshold, List<float[]>? empty, List<float[]>? portraits, IReadOnlyList<PictureResult>? labelled)
    {
        int? positives = empty is null ? null : Positives(empty, threshold);
        return new ThresholdResult(
            threshold,
            positives,
            empty is null ? null : Per1000(positives!.Value, empty.Count),
            portraits is null ? null : Share(WithFace(portraits, threshold), portraits.Count),
            labelled is null ? null : Recall(labelled, threshold, 0, null).Recall,
            labelled is null ? null : [.. Heights.Select(height => Recall(labelled, threshold, height.Min, height.Max))]);
    }

    private static SizeRecall Recall(IReadOnlyList<PictureResult> labelled, double threshold, int least, int? most)
    {
        const float leastOverlap = 0.5f;
        int faces = 0, covered = 0;
        foreach (var picture in labelled)
        {
            foreach (var face in picture.Faces.Where(face => face.Hard && Within(face, least, most)))
            {
                faces++;
                if (picture.Found.Any(found => IsAt(found.Score, threshold) && found.Box.Iou(face.Box) >= leastOverlap))
                    covered++;
            }
        }

        return new SizeRecall(least, most, faces, faces == 0 ? null : Share(covered, faces));
    }

    private static bool Within(WiderFace face, int least, int? most) => face.Box.Height >= least && (most is null || face.Box.Height < most);

    private static int Positives(List<float[]> scores, double threshold) => scores.Sum(picture => picture.Count(score => IsAt(score, threshold)));

    private static int WithFace(List<float[]> scores, double threshold) => scores.Count(picture => picture.Any(score => IsAt(score, threshold)));

    // In single precision, as the product compares.
    private static bool IsAt(float score, double threshold) => score >= (float)threshold;

    private static double Per1000(int positives, int pictures) => Math.Round(1000.0 * positives / pictures, 2);

    private static double Share(int part, int whole) => Math.Round((double)part / whole, 6);

    private static double? Rounded(double? value) => value is { } known ? Math.Round(known, 6) : null;
}
