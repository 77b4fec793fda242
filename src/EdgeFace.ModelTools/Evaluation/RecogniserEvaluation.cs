using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Measures the whole way from picture to vector, as the product goes it.</summary>
/// <param name="models">The models under test.</param>
/// <param name="time">For the time per picture.</param>
internal sealed class RecogniserEvaluation(FaceModels models, TimeProvider time)
{
    private static readonly double[] FalseAcceptRates = [1e-3, 1e-4, 1e-5];

    private readonly FaceAnalyzer _analyzer = new(models);

    /// <param name="dataFolder">With <c>pairs.txt</c> and <c>images/PERSON/PERSON_0001.jpg</c>.</param>
    /// <param name="limit">Pairs of each kind taken from each fold; null for all, and for all pictures.</param>
    /// <param name="progress">Told the pictures done and their number.</param>
    /// <exception cref="InputException">The data are missing, malformed or not readable.</exception>
    public RecogniserReport Run(string dataFolder, int? limit, Action<int, int> progress) => Run(dataFolder, limit, progress, out _);

    /// <param name="faces">Receives person and unit vector of every picture with a face, in the order of the pictures' names.</param>
    public RecogniserReport Run(string dataFolder, int? limit, Action<int, int> progress, out IReadOnlyList<(string Person, float[] Vector)> faces)
    {
        var images = Path.Combine(dataFolder, "images");
        var folds = LfwPairs.Read(Path.Combine(dataFolder, "pairs.txt"));
        if (!Directory.Exists(images))
            throw new InputException($"{images}: there is no such folder; it holds PERSON/PERSON_0001.jpg.");
        if (limit is { } most)
            folds = [.. folds.Select(fold => Limit(fold, most))];

        var pictures = Pictures(images, folds, all: limit is null);
        var start = time.GetTimestamp();
        var vectors = Embed(images, pictures, progress);
        var elapsed = time.GetElapsedTime(start);
        faces = [.. vectors.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (Path.GetDirectoryName(entry.Key)!, entry.Value.Values.ToArray()))];
        return Report(folds, pictures, vectors, limit, elapsed);
    }

    private static IReadOnlyList<PicturePair> Limit(IReadOnlyList<PicturePair> fold, int limit)
        => [.. fold.Where(pair => pair.Same).Take(limit), .. fold.Where(pair => !pair.Same).Take(limit)];

    private static string[] Pictures(string images, IReadOnlyList<IReadOnlyList<PicturePair>> folds, bool all)
    {
        var paired = folds.SelectMany(fold => fold).SelectMany(pair => new[] { pair.First, pair.Second });
        var present = all
            ? Directory.EnumerateFiles(images, "*.jpg", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(images, path))
            : [];
        return [.. paired.Concat(present).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private Dictionary<string, Embedding> Embed(string images, string[] pictures, Action<int, int> progress)
    {
        var vectors = new Dictionary<string, Embedding>(StringComparer.Ordinal);
        for (var i = 0; i < pictures.Length; i++)
        {
            var picture = PictureReader.Read(Path.Combine(images, pictures[i]));
            if (Subject(picture, _analyzer.Analyze(picture))?.Embedding is { } embedding)
                vectors.Add(pictures[i], embedding);
            progress(i + 1, pictures.Length);
        }

        return vectors;
    }

    /// <summary>LFW's pictures are cut around the person they are named after; others may stand beside.</summary>
    private static AnalyzedFace? Subject(Frame picture, IReadOnlyList<AnalyzedFace> faces)
        => faces.MinBy(face => Square(face.Detection.Box.CenterX - picture.Width / 2f) + Square(face.Detection.Box.CenterY - picture.Height / 2f));

    private static float Square(float value) => value * value;

    private RecogniserReport Report(
        IReadOnlyList<IReadOnlyList<PicturePair>> folds, string[] pictures, Dictionary<string, Embedding> vectors, int? limit, TimeSpan elapsed)
    {
        var similarities = folds.Select(fold => fold.Select(pair => (Similarity(pair, vectors), pair.Same)).ToArray()).ToArray();
        var results = FoldAccuracy.CrossValidate(similarities);
        var (mean, deviation) = FoldAccuracy.Summarize(results);
        var all = AllPairs.Count([.. vectors.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => (Path.GetDirectoryName(entry.Key)!, entry.Value.Values.ToArray()))]);
        return new RecogniserReport(
            Protocol(folds, limit),
            Machine.Describe(),
            [.. models.Packages.Select(package => package.Id)],
            pictures.Length,
            pictures.Length - vectors.Count,
            similarities.Sum(fold => fold.Length),
            similarities.Sum(fold => fold.Count(pair => float.IsNaN(pair.Item1))),
            Math.Round(mean, 6),
            Math.Round(deviation, 6),
            results,
            all.Genuine,
            all.Impostor,
            [.. FalseAcceptRates.Select(all.At).OfType<OperatingPoint>()],
            Math.Round(elapsed.TotalMilliseconds / pictures.Length, 3));
    }

    private static float Similarity(PicturePair pair, Dictionary<string, Embedding> vectors)
        => vectors.TryGetValue(pair.First, out var first) && vectors.TryGetValue(pair.Second, out var second) ? first.CosineTo(second) : float.NaN;

    private static string Protocol(IReadOnlyList<IReadOnlyList<PicturePair>> folds, int? limit)
        => $"LFW pairs.txt, {folds.Count} folds of {folds[0].Count(pair => pair.Same)} same and {folds[0].Count(pair => !pair.Same)} different pairs"
            + (limit is null ? "" : " (limited: not comparable)")
            + "; detector, landmarks, alignment and embedder of the product on the whole picture, the face nearest to its centre; cosine; "
            + "threshold of each fold from the other folds; a pair with a picture in which no face is found counts as wrong; "
            + "operating points over all pairs of the pictures with a face.";
}
