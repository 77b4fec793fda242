using EdgeFace.Core;
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
        var input = manifest.Input.At(width, height);
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
        var initializers = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var input = graph.Input.First(input => input.Name == name && !initializers.Contains(input.Name));
        var dimensions = input.Type.TensorType.Shape.Dim;
        for (var axis = 0; axis < shape.Count; axis++)
            dimensions[axis] = new TensorShapeProto.Types.Dimension { DimValue = shape[axis] };
        foreach (var output in graph.Output)
            output.Type.TensorType.Shape = null;
        graph.ValueInfo.Clear();
    }
}
