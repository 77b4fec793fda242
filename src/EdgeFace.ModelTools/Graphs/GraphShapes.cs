using System.Runtime.InteropServices;
using EdgeFace.Core;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>
/// Shapes of all tensors of a graph, from those of its inputs, node by node. Integers that are known beforehand (results of
/// Shape and what is computed from them) are carried along, since Reshape lives on them.
/// </summary>
internal sealed class GraphShapes
{
    private readonly Dictionary<string, long[]> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> _floats = new(StringComparer.Ordinal);

    private GraphShapes()
    {
    }

    /// <param name="model">At any operator set; operators of other domains are unknown.</param>
    /// <param name="name">Of the model, for messages.</param>
    /// <param name="input">Shape of the first input, in place of the one in the file; null for that one.</param>
    /// <exception cref="InputException">An operator is unknown, a shape is free, or shapes do not fit each other.</exception>
    public static GraphShapes Infer(ModelProto model, string name, IReadOnlyList<long>? input = null)
    {
        var shapes = new GraphShapes();
        try
        {
            shapes.AddConstants(model.Graph);
            shapes.AddInputs(model.Graph, input);
            foreach (var node in model.Graph.Node)
                shapes.Infer(node);
        }
        catch (InputException problem)
        {
            throw new InputException($"{name}: {problem.Message}", problem);
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentOutOfRangeException or OverflowException or DivideByZeroException)
        {
            throw new InputException($"{name}: its shapes do not fit each other; the model is damaged.", error);
        }

        return shapes;
    }

    public long[] this[string tensor]
        => _shapes.TryGetValue(tensor, out var shape) ? shape : throw new InputException($"the shape of '{tensor}' is not known; the model is damaged.");

    public bool TryGet(string tensor, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out long[]? shape) => _shapes.TryGetValue(tensor, out shape);

    public long SizeOf(string tensor) => Product(this[tensor]);

    internal long[]? ValuesOf(string tensor) => _values.GetValueOrDefault(tensor);

    internal float[]? FloatsOf(string tensor) => _floats.GetValueOrDefault(tensor);

    internal static long Product(IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => checked(product * size));

    internal void Add(string tensor, long[] shape, long[]? values = null)
    {
        if (shape.Any(size => size < 0))
            throw new InputException($"'{tensor}' would have the shape [{string.Join(", ", shape)}]; the input is too small for this model.");
        _shapes[tensor] = shape;
        if (values is not null)
            _values[tensor] = values;
    }

    private void Infer(NodeProto node)
    {
        if (node.Is("Constant"))
        {
            AddConstant(node);
            return;
        }

        if (node.Domain is not ("" or "ai.onnx") || !ShapeRules.TryFind(node.OpType, out var rule))
            throw new InputException($"operator {node.Title()} is not known here; known are {string.Join(", ", ShapeRules.Known)}.");
        rule(node, this);
    }

    private void AddConstants(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
            AddTensor(tensor.Name, tensor);
    }

    private void AddConstant(NodeProto node)
    {
        var value = node.Find("value")?.T ?? throw new InputException($"{node.Title()} holds no tensor; only such constants are supported.");
        AddTensor(node.Output[0], value);
    }

    private void AddTensor(string name, TensorProto tensor)
    {
        Add(name, [.. tensor.Dims], Integers(tensor));
        if (Folding.FloatTensor.IsFloat(tensor) && Product(tensor.Dims) <= 8)
            _floats[name] = Folding.FloatTensor.Read(tensor);
    }

    private static long[]? Integers(TensorProto tensor) => (TensorProto.Types.DataType)tensor.DataType switch
    {
        TensorProto.Types.DataType.Int64 => tensor.HasRawData ? MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray() : [.. tensor.Int64Data],
        TensorProto.Types.DataType.Int32 when !tensor.HasRawData => [.. tensor.Int32Data.Select(value => (long)value)],
        _ => null,
    };

    private void AddInputs(GraphProto graph, IReadOnlyList<long>? first)
    {
        var wanted = first;
        foreach (var input in graph.Input.Where(input => !_shapes.ContainsKey(input.Name)))
        {
            var dimensions = input.Type?.TensorType?.Shape?.Dim
                ?? throw new InputException($"input '{input.Name}' has no shape; give it with --input.");
            if (wanted is not null && wanted.Count != dimensions.Count)
                throw new InputException($"input '{input.Name}' has {dimensions.Count} axes, but --input gives {wanted.Count}.");
            long[] shape = [.. dimensions.Select((dimension, axis) => wanted?[axis] ?? (dimension.DimValue > 0 ? dimension.DimValue : axis == 0 ? 1 : 0))];
            if (shape.Contains(0))
                throw new InputException($"input '{input.Name}' has a free size; give its shape with --input, as in --input 1x3x320x320.");
            Add(input.Name, shape);
            wanted = null;
        }
    }
}
