using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Inference;

namespace EdgeFace.ModelTools.Models;

/// <summary>
/// A manifest in which may be missing what the ONNX file itself tells: <c>file</c>, <c>sha256</c>, <c>outputs</c> (then all, in the
/// model's order), <c>input.name</c>, <c>input.shape</c>, and of the source its <c>sha256</c>. A model that takes
/// bytes makes the layout NHWC.
/// </summary>
internal static class ManifestTemplate
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="InputException">The file is missing or holds no JSON object.</exception>
    public static JsonObject Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: Strict) as JsonObject
                ?? throw new InputException($"{path}: a manifest is a JSON object.");
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: not a model manifest ({InferenceRuntime.OneLine(error.Message.TrimEnd('.'))}).", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the manifest is missing or cannot be read.", error);
        }
    }

    /// <summary>Fills in what the model tells. File name, hash and output shapes always come from the model, whatever was there.</summary>
    /// <param name="template">Is changed.</param>
    /// <param name="model">The ONNX file.</param>
    /// <param name="path">What messages call the model.</param>
    /// <param name="file">The name that the ONNX file has or gets.</param>
    /// <exception cref="InputException">The template is not of a manifest's form, or names what the model does not have.</exception>
    public static void Complete(JsonObject template, byte[] model, string path, string file)
    {
        var (name, dimensions, bytes) = ModelProbe.Input(model, path);
        var input = Child(template, "input", path);
        input["name"] ??= name;
        input["shape"] ??= Shape(Free(dimensions, path));
        if (bytes)
        {
            // A template may be that of the model in float.
            input["layout"] = "NHWC";
            if (input["shape"] is JsonArray { Count: 4 } planes && planes[1]?.GetValueKind() == System.Text.Json.JsonValueKind.Number && planes[1]!.GetValue<int>() == 3)
                input["shape"] = new JsonArray(1, planes[2]?.DeepClone(), planes[3]?.DeepClone(), 3);
        }

        var shape = Sizes(input["shape"], path, bytes);
        var outputs = ModelProbe.Outputs(model, path, Text(input["name"], path), shape);

        var hash = Convert.ToHexStringLower(SHA256.HashData(model));
        template["file"] = file;
        template["sha256"] = hash;
        template["outputs"] = Outputs(template["outputs"], outputs, path);
        Child(template, "source", path)["sha256"] ??= hash;
    }

    private static JsonArray Outputs(JsonNode? wanted, IReadOnlyList<ModelOutput> outputs, string path)
    {
        var names = wanted is JsonArray list ? list.Select(output => Text((output as JsonObject)?["name"], path)) : outputs.Select(output => output.Name);
        return new JsonArray([.. names.Select(name => outputs.FirstOrDefault(output => output.Name == name) is { } output
            ? (JsonNode)new JsonObject { ["name"] = name, ["shape"] = Shape(output.Shape) }
            : throw new InputException($"{path}: has no output '{name}', which the manifest names; it has {string.Join(", ", outputs.Select(output => output.Name))}."))]);
    }

    private static JsonObject Child(JsonObject template, string name, string path) => template[name] switch
    {
        null => (JsonObject)(template[name] = new JsonObject()),
        JsonObject child => child,
        _ => throw new InputException($"{path}: the manifest's {name} must be an object."),
    };

    private static int[] Free(int[] dimensions, string path)
    {
        // Of the free sizes only the batch has a natural value.
        int[] shape = [dimensions[0] < 1 ? 1 : dimensions[0], .. dimensions[1..]];
        return shape.All(size => size > 0)
            ? shape
            : throw new InputException($"{path}: leaves its input's size free; say it in the manifest's input.shape or with --input.");
    }

    private static int[] Sizes(JsonNode? shape, string path, bool bytes)
    {
        var sizes = (shape as JsonArray)?.Select(size => size is JsonValue value && value.TryGetValue<int>(out var number) ? number : 0).ToArray();
        int[]? sides = sizes switch
        {
            [1, var height, var width, 3] when bytes => [height, width],
            [1, 1 or 3, var height, var width] when !bytes => [height, width],
            _ => null,
        };
        return sides is [>= 1 and <= ModelShape.MaxSide, >= 1 and <= ModelShape.MaxSide]
            ? sizes!
            : throw new InputException(
                $"{path}: the manifest's input.shape must be {(bytes ? "[1, height, width, 3]" : "[1, 1 or 3, height, width]")} with sides of 1..{ModelShape.MaxSide}.");
    }

    private static string Text(JsonNode? node, string path)
        => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new InputException($"{path}: the manifest's inputs and outputs need names.");

    private static JsonArray Shape(IEnumerable<int> sizes) => new([.. sizes.Select(size => (JsonNode)size)]);
}
