using System.Text.Json;
using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.Inference;

/// <summary>Reads a manifest and refuses what could not be used, before any model is loaded.</summary>
internal static class ManifestReader
{
    private const int MaxSide = 4096;

    public static ModelManifest Read(string path)
    {
        ModelManifest manifest;
        try
        {
            using var stream = System.IO.File.OpenRead(path);
            manifest = JsonSerializer.Deserialize(stream, ManifestJson.Default.ModelManifest)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: {Describe(error)}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the model's manifest is missing or cannot be read; install the model's folder anew.", error);
        }

        if (Problem(manifest) is { } problem)
            throw new InputException($"{path}: {problem}.");
        return manifest;
    }

    private static string Describe(JsonException error) => error.Path switch
    {
        "$.kind" => "kind is unknown; known are detector, landmarks, embedder",
        "$.input.colour" => "input.colour is unknown; known are bgr, rgb, gray",
        _ => $"not a model manifest ({InferenceRuntime.OneLine(error.Message.TrimEnd('.'))})",
    };

    private static string? Problem(ModelManifest manifest)
        => FileProblem(manifest) ?? InputProblem(manifest.Input) ?? OutputProblem(manifest.Outputs) ?? KindProblem(manifest) ?? SizesProblem(manifest);

    private static string? FileProblem(ModelManifest manifest)
    {
        if (manifest.Name.Length == 0 || manifest.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            return $"name '{manifest.Name}' may hold letters, digits, '-', '_' and '.' only";
        if (manifest.File.Length == 0 || manifest.File != Path.GetFileName(manifest.File))
            return $"file '{manifest.File}' must be a plain file name in the manifest's folder";
        if (manifest.Sha256.Length != 64 || manifest.Sha256.Any(c => !char.IsAsciiHexDigitLower(c) && !char.IsAsciiDigit(c)))
            return "sha256 must be 64 lower-case hex digits";
        if (manifest.TrainingCommit is { } commit && (commit.Length is < 7 or > 40 || commit.Any(c => !char.IsAsciiHexDigitLower(c) && !char.IsAsciiDigit(c))))
            return "trainingCommit must be 7 to 40 lower-case hex digits";
        return null;
    }

    private static string? InputProblem(ModelInput input)
    {
        if (input.Layout is not ("NCHW" or "NHWC"))
            return $"input.layout '{input.Layout}' is unknown; known are NCHW and NHWC";
        if (input.IsBytes && (input.Colour != ModelColour.Bgr || input.Mean != 0 || input.Scale != 1))
            return "an input of layout NHWC takes bytes as they are: input.colour must be bgr, mean 0 and scale 1";
        var channels = input.Colour == ModelColour.Gray ? 1 : 3;
        if (input.Shape.Count != 4 || input.Shape[0] != 1 || input.Shape[input.IsBytes ? 3 : 1] != channels)
        {
            var wanted = input.IsBytes ? $"[1, height, width, {channels}]" : $"[1, {channels}, height, width]";
            return $"input.shape [{string.Join(", ", input.Shape)}] must be {wanted} for layout {input.Layout} and colour {input.Colour}";
        }

        if (input.Shape.Any(size => size is < 1 or > MaxSide))
            return $"input.shape [{string.Join(", ", input.Shape)}] must lie within 1..{MaxSide}";
        if (!float.IsFinite(input.Mean) || !float.IsFinite(input.Scale) || input.Scale == 0)
            return "input.mean and input.scale must be finite, and scale not 0";
        return null;
    }

    private static string? SizesProblem(ModelManifest manifest)
    {
        if (manifest.Input.SizeMultiple is not { } multiple)
            return null;
        if (manifest.Kind != ModelKind.Detector || manifest.Decoder != AnchorFreeDecoder.Name)
            return $"input.sizeMultiple is for detectors of the decoder {AnchorFreeDecoder.Name}";
        if (multiple is < 1 or > MaxSide)
            return $"input.sizeMultiple must lie within 1..{MaxSide}";
        return manifest.Input.Width % multiple != 0 || manifest.Input.Height % multiple != 0
            ? $"input.shape [{string.Join(", ", manifest.Input.Shape)}] must hold multiples of input.sizeMultiple, {multiple}"
            : null;
    }

    private static string? OutputProblem(IReadOnlyList<ModelOutput> outputs)
    {
        if (outputs.Count == 0)
            return "outputs must name at least one tensor";
        foreach (var output in outputs)
        {
            if (output.Shape.Count == 0 || output.Shape.Any(size => size < 1))
                return $"the shape [{string.Join(", ", output.Shape)}] of output '{output.Name}' must hold positive sizes";
        }

        return null;
    }

    private static string? KindProblem(ModelManifest manifest) => manifest.Kind switch
    {
        not ModelKind.Detector when manifest.Input.IsBytes => "input.layout NHWC is for detectors",
        ModelKind.Detector => manifest.Decoder is null ? "a detector needs a decoder"
            : Outside(manifest.Thresholds.Score, 0, 1) ? "a detector needs thresholds.score within 0..1"
            : Outside(manifest.Thresholds.Nms, 0, 1) ? "a detector needs thresholds.nms within 0..1"
            : null,
        ModelKind.Landmarks => manifest.Crop is not { } crop ? "a landmark model needs a crop"
            : !(crop.Scale is > 0 and < 10) || !(crop.ShiftY is > -5 and < 5) ? "crop.scale must lie within 0..10 and crop.shiftY within -5..5"
            : null,
        _ => Outside(manifest.Thresholds.Match, -1, 1) ? "an embedder needs thresholds.match within -1..1"
            : manifest.Alignment?.Count != Landmarks5.Count || manifest.Alignment.Any(point => point.Count != 2 || !point.All(float.IsFinite)) ? $"an embedder needs an alignment of {Landmarks5.Count} points [x, y]"
            : null,
    };

    private static bool Outside(float? value, float least, float most) => !(value >= least && value <= most);
}
