using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Vision;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>
/// Turns pictures into what a model is shown in the product: a detector sees the whole picture fitted into its input, a
/// landmark model the square around each detected face, an embedder each aligned face.
/// </summary>
internal sealed class CalibrationInputs(ModelManifest manifest, string? modelsFolder)
{
    /// <summary>What detectors see beside the picture, as in the product.</summary>
    private const byte Padding = 127;

    private static readonly HashSet<string> Endings = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png" };

    /// <param name="folder">Searched with all its folders; pictures are taken evenly from the whole of it.</param>
    /// <param name="limit">The most inputs.</param>
    /// <param name="progress">Told the pictures done and their number.</param>
    /// <exception cref="InputException">There is no folder, no picture, or no face in any picture.</exception>
    public IReadOnlyList<float[]> Read(string folder, int limit, Action<int, int> progress)
    {
        var pictures = Pictures(folder, limit);
        using var models = manifest.Kind == ModelKind.Detector ? null : FaceModels.Load(modelsFolder, new InferenceOptions());
        var analyzer = models is null ? null : new FaceAnalyzer(models);
        var inputs = new List<float[]>();
        for (var i = 0; i < pictures.Count && inputs.Count < limit; i++)
        {
            var picture = PictureReader.Read(pictures[i]);
            inputs.AddRange(analyzer is null ? [Fit(picture)] : Faces(picture, analyzer).Take(limit - inputs.Count));
            progress(i + 1, pictures.Count);
        }

        return inputs.Count > 0 ? inputs : throw new InputException($"{folder}: no face was found in {pictures.Count} pictures; calibration needs some.");
    }

    private static IReadOnlyList<string> Pictures(string folder, int limit)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such folder; --calibration names a folder of pictures.");
        string[] all =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => Endings.Contains(Path.GetExtension(path))).Order(StringComparer.Ordinal),
        ];
        if (all.Length == 0)
            throw new InputException($"{folder}: holds no pictures (.jpg, .jpeg, .png); calibration needs some.");
        return all.Length <= limit ? all : [.. Enumerable.Range(0, limit).Select(i => all[(int)((long)i * all.Length / limit)])];
    }

    private IEnumerable<float[]> Faces(Frame picture, FaceAnalyzer analyzer)
    {
        foreach (var face in analyzer.Analyze(picture))
        {
            if (manifest.Kind == ModelKind.Landmarks)
                yield return Square(picture, face);
            else if (face.Aligned is { } aligned && aligned.Width == manifest.Input.Width && aligned.Height == manifest.Input.Height)
                yield return Tensor(aligned);
        }
    }

    private float[] Square(Frame picture, AnalyzedFace face)
    {
        var box = face.Detection.Box;
        var size = MathF.Sqrt(box.Area);
        var side = manifest.Crop!.Scale * size;
        var target = new Frame(manifest.Input.Width, manifest.Input.Height, PixelFormat.Bgr24);
        Warper.Crop(picture, box.CenterX - side / 2, box.CenterY + manifest.Crop.ShiftY * size - side / 2, side, side, target);
        return Tensor(target);
    }

    private float[] Fit(Frame picture)
    {
        var target = new Frame(manifest.Input.Width, manifest.Input.Height, PixelFormat.Bgr24);
        new Letterboxer(target.Width, target.Height, Padding).Apply(picture, target);
        return Tensor(target);
    }

    private float[] Tensor(Frame frame)
    {
        var input = manifest.Input;
        var tensor = new float[input.Shape.Aggregate(1, (product, size) => product * size)];
        TensorWriter.WriteNchw(frame, tensor, input.Colour.ToChannelOrder(), input.Mean, input.Scale);
        return tensor;
    }
}
