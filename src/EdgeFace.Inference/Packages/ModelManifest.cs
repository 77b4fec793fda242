using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFace.Inference;

/// <summary>What a model is for.</summary>
[JsonConverter(typeof(NameConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>Finds faces in a picture.</summary>
    Detector,

    /// <summary>Finds points in a face.</summary>
    Landmarks,

    /// <summary>Turns an aligned face into a vector.</summary>
    Embedder,
}

/// <summary>
/// Everything that must be known of a model to use it as it was trained: <c>manifest.json</c> beside the ONNX file.
/// </summary>
public sealed record ModelManifest
{
    /// <summary>File name of the manifest in a model's folder.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The same as the folder's name, as in <c>detector-rfb320</c>.</summary>
    public required string Name { get; init; }

    public required ModelKind Kind { get; init; }

    /// <summary>Counts up when the file changes.</summary>
    public required string Version { get; init; }

    /// <summary>The ONNX file, in the folder of the manifest.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the file, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; init; }

    public required ModelInput Input { get; init; }

    /// <summary>The outputs, in the order that the decoder expects.</summary>
    public required IReadOnlyList<ModelOutput> Outputs { get; init; }

    /// <summary>Detectors only: how the outputs become boxes. Known: <c>rfb</c>, <c>yunet</c>.</summary>
    public string? Decoder { get; init; }

    // The deserializer sets what the file leaves out to null.
    public ModelThresholds Thresholds { get; init => field = value ?? new(); } = new();

    /// <summary>Landmark models only: which square around a detected box is shown to the model.</summary>
    public LandmarkCrop? Crop { get; init; }

    /// <summary>Embedders only: where the five points of <see cref="Core.Faces.Landmarks5"/> lie in the aligned picture, x and y in pixels.</summary>
    public IReadOnlyList<IReadOnlyList<float>>? Alignment { get; init; }

    /// <summary>SPDX identifier.</summary>
    public required string Licence { get; init; }

    public required ModelSource Source { get; init; }

    /// <summary>What was done to the original file.</summary>
    public required string Preparation { get; init; }

    /// <summary>Models trained here: the commit of the sources that trained it, 7 to 40 lower-case hex digits; null for others.</summary>
    public string? TrainingCommit { get; init; }
}

/// <summary>The input tensor of a model: float32, (pixel - mean) * scale; or the frame's bytes as they are.</summary>
public sealed record ModelInput
{
    public required string Name { get; init; }

    /// <summary>In the order of <see cref="Layout"/>, with N = 1. A model with free sizes runs at the sizes given here unless told otherwise.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary><c>NCHW</c>: float32. <c>NHWC</c>: unsigned bytes, blue, green, red, as frames hold them; for detectors.</summary>
    public required string Layout { get; init; }

    public required ModelColour Colour { get; init; }

    public required float Mean { get; init; }

    public required float Scale { get; init; }

    /// <summary>
    /// Detectors only: the sides may be changed to any multiples of this, and the file leaves them free under the names of
    /// <see cref="FreeSizes"/>; null: there is this one size only.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SizeMultiple { get; init; }

    [JsonIgnore]
    public bool IsBytes => Layout == "NHWC";

    [JsonIgnore]
    public int Height => Shape[IsBytes ? 1 : 2];

    [JsonIgnore]
    public int Width => Shape[IsBytes ? 2 : 3];

    /// <summary>The same input for another picture size.</summary>
    public ModelInput At(int width, int height)
        => this with { Shape = IsBytes ? [1, height, width, Shape[3]] : [1, Shape[1], height, width] };
}

/// <summary>Order of the channels in the input tensor.</summary>
[JsonConverter(typeof(NameConverter<ModelColour>))]
public enum ModelColour
{
    Bgr,
    Rgb,
    Gray,
}

/// <summary>An output tensor of a model.</summary>
public sealed record ModelOutput(string Name, IReadOnlyList<int> Shape);

/// <summary>Operating points of a model; null where the kind has none.</summary>
public sealed record ModelThresholds
{
    /// <summary>Detectors: least score of a face, 0..1.</summary>
    public float? Score { get; init; }

    /// <summary>Detectors: boxes that overlap a better one by more (IoU, 0..1) are dropped.</summary>
    public float? Nms { get; init; }

    /// <summary>Embedders: least cosine similarity of two pictures of one person, -1..1.</summary>
    public float? Match { get; init; }
}

/// <summary>The square that a landmark model sees: side = Scale * sqrt(w h), centre (cx, cy + ShiftY * sqrt(w h)) of the detected box.</summary>
public sealed record LandmarkCrop(float Scale, float ShiftY);

/// <summary>Where the original file comes from.</summary>
public sealed record ModelSource
{
    /// <summary>As in <c>npm:faceplugin-face-recognition-js</c>.</summary>
    public required string Package { get; init; }

    public required string Version { get; init; }

    /// <summary>Path in the package.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the original file.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>Enumerations by name only: a number would pass as a value that nothing knows.</summary>
internal sealed class NameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
