using EdgeFace.ModelTools.Folding;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>
/// A graph with its edges: who makes and who reads a tensor, and which tensors are constant. Taken at one moment; after
/// nodes were added or removed a new one is made.
/// </summary>
internal sealed class ModelGraph
{
    private static readonly List<NodeProto> Nobody = [];
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> _consumers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputs;

    public ModelGraph(GraphProto graph)
    {
        Proto = graph;
        _outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        // What is also an input may be overridden by the caller, so it is not constant.
        var overridable = graph.Input.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer.Where(tensor => !overridable.Contains(tensor.Name)))
            _constants[tensor.Name] = tensor;
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
                _producers[output] = node;
            foreach (var input in node.Input.Distinct())
            {
                if (!_consumers.TryGetValue(input, out var readers))
                    _consumers[input] = readers = [];
                readers.Add(node);
            }

            if (node.Is("Constant") && node.Output.Count == 1 && node.Find("value")?.T is { } value)
                _constants[node.Output[0]] = value;
        }
    }

    public GraphProto Proto { get; }

    public NodeProto? ProducerOf(string tensor) => _producers.GetValueOrDefault(tensor);

    public IReadOnlyList<NodeProto> ConsumersOf(string tensor) => _consumers.GetValueOrDefault(tensor, Nobody);

    public bool IsOutput(string tensor) => _outputs.Contains(tensor);

    /// <summary>The one node that reads a tensor; null when there are several, none, or the graph gives the tensor out.</summary>
    public NodeProto? OnlyConsumerOf(string tensor) => !IsOutput(tensor) && ConsumersOf(tensor) is [var only] ? only : null;

    public TensorProto? ConstantOf(string tensor) => _constants.GetValueOrDefault(tensor);

    /// <summary>Float32 contents of a constant; null when it is computed, missing or of another type.</summary>
    public float[]? FloatsOf(NodeProto node, int input)
        => node.Has(input) && ConstantOf(node.Input[input]) is { } tensor && FloatTensor.IsFloat(tensor) ? FloatTensor.Read(tensor) : null;

    public long[]? DimsOf(NodeProto node, int input)
        => node.Has(input) && ConstantOf(node.Input[input]) is { } tensor ? [.. tensor.Dims] : null;

    /// <summary>Drops nodes and initializers that lead nowhere, and the remembered shapes, which changes make wrong.</summary>
    public static void Clean(GraphProto graph)
    {
        var used = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        for (var i = graph.Node.Count - 1; i >= 0; i--)
        {
            if (graph.Node[i].Output.Any(used.Contains))
                used.UnionWith(graph.Node[i].Input);
            else
                graph.Node.RemoveAt(i);
        }

        for (var i = graph.Initializer.Count - 1; i >= 0; i--)
        {
            if (!used.Contains(graph.Initializer[i].Name))
                graph.Initializer.RemoveAt(i);
        }

        graph.ValueInfo.Clear();
    }
}
