using EdgeFace.Core;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.ModelTools.Onnx;
using Onnx;

namespace EdgeFace.ModelTools.Cost;

/// <summary>What a model costs, layer by layer and in all.</summary>
internal sealed record CostReport(
    string Model,
    string Input,
    long Bytes,
    IReadOnlyList<LayerCost> Layers,
    long Macs,
    long Parameters,
    long InputAccesses,
    long OutputAccesses,
    long WeightAccesses,
    long Accesses,
    double Intensity);

/// <summary>Counts convolutions and fully connected layers of an ONNX file; nothing is run.</summary>
internal static class ModelCost
{
    /// <exception cref="InputException">Not a usable model, an operator is unknown, or the input size does not suit it.</exception>
    public static CostReport Measure(string path, IReadOnlyList<long>? input) => Measure(OnnxFile.ReadBytes(path), path, input);

    /// <inheritdoc cref="Measure(string, IReadOnlyList{long})"/>
    /// <param name="bytes">The model.</param>
    /// <param name="path">What it is called in messages.</param>
    /// <param name="input">NCHW; null for the model's own.</param>
    public static CostReport Measure(byte[] bytes, string path, IReadOnlyList<long>? input)
    {
        var model = OnnxFile.Parse(bytes, path);
        var shapes = GraphShapes.Infer(model, path, input);
        LayerCost[] layers = [.. model.Graph.Node.Select(node => Layer(node, shapes)).OfType<LayerCost>()];
        var initializers = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var macs = layers.Sum(layer => layer.Macs);
        // The whole model's intensity is that of its layers together: each reads what the one before wrote.
        var bytesMoved = layers.Sum(layer => layer.Intensity > 0 ? 2.0 * layer.Macs / layer.Intensity : 0);
        return new CostReport(
            path,
            string.Join("; ", model.Graph.Input.Where(value => !initializers.Contains(value.Name)).Select(value => $"{value.Name} {string.Join('x', shapes[value.Name])}")),
            bytes.Length,
            layers,
            macs,
            layers.Sum(layer => layer.Parameters),
            layers.Sum(layer => layer.InputAccesses),
            layers.Sum(layer => layer.OutputAccesses),
            layers.Sum(layer => layer.WeightAccesses),
            layers.Sum(layer => layer.Accesses),
            bytesMoved > 0 ? Math.Round(2.0 * macs / bytesMoved, 2) : 0);
    }

    private static LayerCost? Layer(NodeProto node, GraphShapes shapes) => node.OpType switch
    {
        "Conv" => Convolution(node, shapes),
        "Gemm" => FullyConnected(node, shapes[node.Output[0]], node.Int("transA", 0) == 0 ? shapes[node.Input[0]][1] : shapes[node.Input[0]][0], node.Has(2)),
        "MatMul" => FullyConnected(node, shapes[node.Output[0]], shapes[node.Input[0]][^1], bias: false),
        _ => null,
    };

    private static LayerCost Convolution(NodeProto node, GraphShapes shapes)
    {
        var (x, w, y) = (Picture(node, shapes[node.Input[0]]), Picture(node, shapes[node.Input[1]]), shapes[node.Output[0]]);
        return LayerCost.Of(Name(node), new ConvolutionShape(
            x[1], x[2], x[3], y[1], y[2], y[3], w[2], w[3], node.Int("group", 1), node.Has(2)));
    }

    private static long[] Picture(NodeProto node, long[] shape)
        => shape.Length == 4 ? shape : throw new InputException($"{node.Title()} has {shape.Length - 2} spatial axes; two are supported.");

    private static LayerCost FullyConnected(NodeProto node, long[] output, long depth, bool bias)
    {
        // Rows beyond the first are further positions of the same weights.
        var rows = GraphShapes.Product(output[..^1]);
        return LayerCost.Of(Name(node), new ConvolutionShape(depth, rows, 1, output[^1], rows, 1, 1, 1, 1, bias, FullyConnected: true));
    }

    private static string Name(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output[0];
}
