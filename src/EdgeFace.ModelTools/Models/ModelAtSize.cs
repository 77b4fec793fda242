using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>
/// The same network for another input size: convolutions do not care, but the file says sizes, and some heads carry their
/// anchors as constants. Weights are untouched.
/// </summary>
internal static class ModelAtSize
{
    private const string RfbDecoderName = "rfb";

    /// <exception cref="InputException">The model cannot run at this size.</exception>
    public static DescribedModel Make(DescribedModel source, int width, int height)
    {
        var manifest = source.Manifest;
        if ((manifest.Input.Width, manifest.Input.Height) == (width, height))
            return source;
        var model = OnnxFile.Parse(source.Bytes, source.Path);
        var input = manifest.Input.At(width, height) with { SizeMultiple = null };
        SetInput(model.Graph, input.Name, input.Shape);
        if (manifest.Decoder == RfbDecoderName)
            RfbPriors.Replace(model.Graph, manifest, width, height, source.Path);

        var bytes = model.ToByteArray();
        var shapes = ModelProbe.Outputs(bytes, source.Path, input.Name, input.Shape).ToDictionary(output => output.Name, StringComparer.Ordinal);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        return source with
        {
            Bytes = bytes,
            Manifest = manifest with { Input = input, Outputs = [.. manifest.Outputs.Select(output => shapes[output.Name])], Sha256 = hash },
        };
    }

    /// <summary>Also for models without a manifest: the one input gets this size, what followed from the old one is forgotten.</summary>
    public static void SetInput(GraphProto graph, string name, IReadOnlyList<int> shape)
    {
        var input = Inputs(graph).First(input => input.Name == name);
        var dimensions = input.Type.TensorType.Shape.Dim;
        for (var axis = 0; axis < shape.Count; axis++)
            dimensions[axis] = new TensorShapeProto.Types.Dimension { DimValue = shape[axis] };
        Forget(graph);
    }

    /// <summary>As <see cref="Free"/> where the manifest allows other sizes.</summary>
    public static byte[] FreeIfAllowed(JsonObject manifest, byte[] bytes, string path)
        => (manifest["input"] as JsonObject)?["sizeMultiple"] is null ? bytes : Free(bytes, path);

    /// <summary>The same file with its input's height and width left free, for sessions that say them (<see cref="FreeSizes"/>).</summary>
    /// <param name="bytes">An ONNX file with one input of four axes.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InputException">Another kind of input.</exception>
    public static byte[] Free(byte[] bytes, string path)
    {
        var (name, _, isBytes) = ModelProbe.Input(bytes, path);
        var model = OnnxFile.Parse(bytes, path);
        var dimensions = model.Graph.Input.First(input => input.Name == name).Type.TensorType.Shape.Dim;
        var height = isBytes ? 1 : 2;
        dimensions[0] = new TensorShapeProto.Types.Dimension { DimValue = 1 };
        dimensions[height] = new TensorShapeProto.Types.Dimension { DimParam = FreeSizes.Height };
        dimensions[height + 1] = new TensorShapeProto.Types.Dimension { DimParam = FreeSizes.Width };
        Forget(model.Graph);
        return model.ToByteArray();
    }

    /// <summary>A model that its manifest allows other sizes, or that leaves some free itself, gets those of the manifest; another keeps its own.</summary>
    public static void Settle(GraphProto graph, ModelInput input)
    {
        if (Inputs(graph).ToArray() is not [{ Type.TensorType.Shape.Dim: var dimensions } only] || dimensions.Count != input.Shape.Count)
            return;
        if (input.SizeMultiple is not null || dimensions.Any(dimension => dimension.DimValue < 1))
            SetInput(graph, only.Name, input.Shape);
    }

    /// <summary>Those that are asked for: old files name their weights among the inputs.</summary>
    private static IEnumerable<ValueInfoProto> Inputs(GraphProto graph)
    {
        var initializers = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return graph.Input.Where(input => !initializers.Contains(input.Name));
    }

    private static void Forget(GraphProto graph)
    {
        foreach (var output in graph.Output)
            output.Type.TensorType.Shape = null;
        graph.ValueInfo.Clear();
    }
}
