using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Inference;

/// <summary>Which models are loaded, from where: a section of the programs' configurations.</summary>
public sealed record ModelOptions
{
    /// <summary>Folder with one folder a model; default: <c>models</c> beside the program.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string Folder { get; init; } = FaceModels.DefaultFolder;

    [StringLength(64, MinimumLength = 1)]
    public string Detector { get; init; } = "detector-slim-int8";

    /// <summary>
    /// Input of the detector, <c>416x320</c>: a larger one finds smaller faces and takes longer, in proportion to the area; null: the
    /// detector's own. Not every detector has another.
    /// </summary>
    [StringLength(64, MinimumLength = 1)]
    [InputSize]
    public string? DetectorInput { get; init; }

    [StringLength(64, MinimumLength = 1)]
    public string Landmarks { get; init; } = "landmarks-68";

    [StringLength(64, MinimumLength = 1)]
    public string Embedder { get; init; } = "embedder-mobilefacenet";

    /// <summary>Threads of each model, 1..16; default 1.</summary>
    [Range(InferenceOptions.MinThreads, InferenceOptions.MaxThreads)]
    public int Threads { get; init; } = InferenceOptions.MinThreads;
}
