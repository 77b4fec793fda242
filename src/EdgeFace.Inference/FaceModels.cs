using EdgeFace.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Inference;

/// <summary>The three models that lead from a picture to a vector. One thread uses one set.</summary>
public sealed class FaceModels : IDisposable
{
    private FaceModels(IReadOnlyList<ModelPackage> packages, FaceDetector detector, FaceLandmarker landmarker, FaceEmbedder embedder)
    {
        Packages = packages;
        Detector = detector;
        Landmarker = landmarker;
        Embedder = embedder;
    }

    /// <summary>The folder <c>models</c> beside the program.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "models");

    public FaceDetector Detector { get; }

    public FaceLandmarker Landmarker { get; }

    public FaceEmbedder Embedder { get; }

    /// <summary>Detector, landmarks, embedder.</summary>
    public IReadOnlyList<ModelPackage> Packages { get; }

    /// <summary>The shipped models.</summary>
    /// <param name="modelsFolder">One folder per model; null for <see cref="DefaultFolder"/>.</param>
    /// <param name="options">How they are run.</param>
    /// <exception cref="InputException">A package is missing, damaged, or of another kind.</exception>
    public static FaceModels Load(string? modelsFolder, InferenceOptions options)
        => Load(new ModelOptions { Folder = modelsFolder ?? DefaultFolder, Threads = options.Threads });

    /// <param name="models">Which, and how they are run.</param>
    /// <param name="logger">Told what was loaded.</param>
    /// <exception cref="InputException">A package is missing, damaged, or of another kind.</exception>
    public static FaceModels Load(ModelOptions models, ILogger? logger = null)
    {
        if (!Directory.Exists(models.Folder))
            throw new InputException($"{models.Folder}: there is no such models folder.");
        var options = new InferenceOptions { Threads = models.Threads };
        ModelPackage[] packages =
        [
            DetectorPackage(models),
            ModelPackage.Load(Path.Combine(models.Folder, models.Landmarks)),
            ModelPackage.Load(Path.Combine(models.Folder, models.Embedder)),
        ];
        var opened = new Stack<IDisposable>();
        try
        {
            var detector = Opened(new FaceDetector(packages[0], options), opened);
            var landmarker = Opened(new FaceLandmarker(packages[1], options), opened);
            var embedder = Opened(new FaceEmbedder(packages[2], options), opened);
            logger ??= NullLogger.Instance;
            Log.RuntimeLoaded(logger, InferenceRuntime.Version, options.Threads);
            foreach (var package in packages)
                Log.ModelLoaded(logger, package.Id, package.Folder);
            return new FaceModels(packages, detector, landmarker, embedder);
        }
        catch
        {
            while (opened.TryPop(out var model))
                model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Detector.Dispose();
        Landmarker.Dispose();
        Embedder.Dispose();
    }

    private static ModelPackage DetectorPackage(ModelOptions models)
    {
        var package = ModelPackage.Load(Path.Combine(models.Folder, models.Detector));
        if (models.DetectorInput is not { } text)
            return package;
        return InputSize.TryParse(text, out var size)
            ? package.Require(ModelKind.Detector).At(size)
            : throw new InputException($"models.detector_input: {new InputSizeAttribute().FormatErrorMessage("")}, is \"{text}\".");
    }

    private static T Opened<T>(T model, Stack<IDisposable> opened)
        where T : IDisposable
    {
        opened.Push(model);
        return model;
    }
}
