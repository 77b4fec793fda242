using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>
/// Gives a model in QDQ form the frame's own bytes for an input, 1 x height x width x 3, where it took 1 x 3 x height x width
/// floats and turned them into bytes first: neither side then makes floats that the other one takes apart.
/// </summary>
internal static class ByteInput
{
    private static readonly long[] PixelsLast = [0, 2, 3, 1];
    private static readonly long[] PlanesFirst = [0, 3, 1, 2];

    /// <summary>The ranges, with 0..255 for the input and what only moves it, whatever the pictures hold.</summary>
    /// <exception cref="InputException">The model does not take levels as they are.</exception>
    public static IReadOnlyDictionary<string, QuantizedRange> Levels(
        ModelProto model, IReadOnlyDictionary<string, QuantizedRange> ranges, ModelInput input, string path)
    {
        if (input.Mean != 0 || input.Scale != 1)
            throw Problem(path, $"it takes (pixel - {input.Mean}) * {input.Scale}, not levels of 0..255 as they are; it must be trained on them");
        var (graph, levels) = (new ModelGraph(model.Graph), new Dictionary<string, QuantizedRange>(ranges, StringComparer.Ordinal));
        for (var tensor = model.Graph.Input[0].Name; ; )
        {
            levels[tensor] = QuantizedRange.Covering(0, 255);
            if (graph.OnlyConsumerOf(tensor) is not { } node || !Moves(node))
                return levels;
            tensor = node.Output[0];
        }
    }

    /// <exception cref="InputException">The model does not begin with rounding its input to whole levels.</exception>
    public static byte[] Apply(byte[] bytes, string path)
    {
        var model = OnnxFile.Parse(bytes, path);
        var graph = new ModelGraph(model.Graph);
        var input = model.Graph.Input.Single(value => graph.ConstantOf(value.Name) is null);
        var dimensions = input.Type.TensorType.Shape.Dim;
        if (dimensions.Count != 4 || dimensions[1].DimValue != 3)
            throw Problem(path, $"input '{input.Name}' is not 1x3xHxW");

        var (first, last) = ToQuantization(graph, input.Name, path);
        var rounding = graph.OnlyConsumerOf(last)!;
        if (graph.FloatsOf(rounding, 1) is not [1f] || !IsZeroByte(rounding.Has(2) ? graph.ConstantOf(rounding.Input[2]) : null))
            throw Problem(path, $"{rounding.Title()} has not the scale 1 and the zero 0");
        foreach (var reader in graph.ConsumersOf(rounding.Output[0]))
            Redirect(reader, rounding.Output[0], last);
        model.Graph.Node.Remove(rounding);

        graph = new ModelGraph(model.Graph);
        if (first is not null && first.Is("Transpose") && first.Ints("perm") is { } order && order.SequenceEqual(PixelsLast))
        {
            foreach (var reader in graph.ConsumersOf(first.Output[0]))
                Redirect(reader, first.Output[0], input.Name);
            model.Graph.Node.Remove(first);
        }
        else
        {
            Turn(model.Graph, graph, input.Name);
        }

        input.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Uint8;
        (dimensions[1], dimensions[2], dimensions[3]) = (dimensions[2].Clone(), dimensions[3].Clone(), dimensions[1].Clone());
        ModelGraph.Clean(model.Graph);
        return model.ToByteArray();
    }

    /// <summary>From the input along operators that only move values: the first of them, and the tensor that is then quantised.</summary>
    private static (NodeProto? First, string Last) ToQuantization(ModelGraph graph, string input, string path)
    {
        NodeProto? first = null;
        for (var tensor = input; graph.OnlyConsumerOf(tensor) is { } node; tensor = node.Output[0])
        {
            if (node.Is("QuantizeLinear"))
                return (first, tensor);
            if (!Moves(node))
                break;
            first ??= node;
        }

        throw Problem(path, $"input '{input}' is not turned into bytes at once; its first layer stays in float");
    }

    private static bool Moves(NodeProto node) => node.Is("Transpose") || node.Is("Reshape") || node.Is("SpaceToDepth");

    /// <summary>A model that reads planes gets them from the bytes.</summary>
    private static void Turn(GraphProto proto, ModelGraph graph, string input)
    {
        var planes = new NameSource(proto).Take(input + "_planes");
        foreach (var reader in graph.ConsumersOf(input))
            Redirect(reader, input, planes);
        var turn = new NodeProto { OpType = "Transpose", Name = planes, Input = { input }, Output = { planes } };
        turn.Set("perm", PlanesFirst);
        proto.Node.Insert(0, turn);
    }

    private static void Redirect(NodeProto node, string from, string to)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (node.Input[i] == from)
                node.Input[i] = to;
        }
    }

    private static bool IsZeroByte(TensorProto? zero)
        => zero is { DataType: (int)TensorProto.Types.DataType.Uint8 } && zero.RawData.All(value => value == 0) && zero.Int32Data.All(value => value == 0);

    private static InputException Problem(string path, string what) => new($"{path}: cannot take bytes for an input (--byte-input): {what}.");
}
