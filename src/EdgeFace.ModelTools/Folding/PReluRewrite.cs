using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Writes PRelu(x, a) as a*x + (1 - a)*Relu(x). ONNX Runtime computes PRelu element by element with broadcasting, but has
/// vectorised kernels for Mul, Relu and Add. A slope that is the same in all channels becomes LeakyRelu, which fuses into
/// the convolution before it.
/// </summary>
internal static class PReluRewrite
{
    /// <summary>Before this version of the operator set, Mul and Add do not broadcast.</summary>
    private const long FirstBroadcastingOpset = 7;

    /// <returns>How many nodes were rewritten. Slopes that are computed, or that a caller may override, stay as they are.</returns>
    public static int Apply(ModelProto model)
    {
        if (model.OpsetImport.Where(set => set.Domain is "" or "ai.onnx").Max(set => (long?)set.Version) is not >= FirstBroadcastingOpset)
            return 0;

        var graph = model.Graph;
        var overridable = graph.Input.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        var constants = graph.Initializer.Where(tensor => FloatTensor.IsFloat(tensor) && !overridable.Contains(tensor.Name))
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var names = new NameSource(graph);
        var complements = new Dictionary<string, string>(StringComparer.Ordinal);
        var nodes = new List<NodeProto>();
        var rewritten = 0;
        foreach (var node in graph.Node)
        {
            if (node.OpType != "PRelu" || node.Domain is not ("" or "ai.onnx") || !constants.TryGetValue(node.Input[1], out var slope))
            {
                nodes.Add(node);
                continue;
            }

            rewritten++;
            if (IsUniform(slope, out var alpha))
                nodes.Add(LeakyRelu(node, alpha));
            else
                AddParts(nodes, node, Complement(graph, slope, complements, names), names);
        }

        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        RemoveUnused(graph, constants.Keys);
        return rewritten;
    }

    private static bool IsUniform(TensorProto slope, out float alpha)
    {
        var values = FloatTensor.Read(slope);
        alpha = values.Length > 0 ? values[0] : 0;
        return values.AsSpan().IndexOfAnyExcept(alpha) < 0;
    }

    private static NodeProto LeakyRelu(NodeProto node, float alpha) => new()
    {
        OpType = "LeakyRelu",
        Name = node.Name,
        Input = { node.Input[0] },
        Output = { node.Output[0] },
        Attribute = { new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = alpha } },
    };

    private static string Complement(GraphProto graph, TensorProto slope, Dictionary<string, string> known, NameSource names)
    {
        if (known.TryGetValue(slope.Name, out var name))
            return name;
        var values = FloatTensor.Read(slope);
        for (var i = 0; i < values.Length; i++)
            values[i] = 1 - values[i];
        var complement = new TensorProto { Name = names.Take(slope.Name + "_complement"), DataType = slope.DataType, Dims = { slope.Dims } };
        FloatTensor.Write(complement, values);
        graph.Initializer.Add(complement);
        known[slope.Name] = complement.Name;
        return complement.Name;
    }

    private static void AddParts(List<NodeProto> nodes, NodeProto node, string complement, NameSource names)
    {
        var (x, slope, y) = (node.Input[0], node.Input[1], node.Output[0]);
        var relu = names.Take(y + "_relu");
        var linear = names.Take(y + "_linear");
        var positive = names.Take(y + "_positive");
        nodes.Add(Node("Relu", relu, x));
        nodes.Add(Node("Mul", linear, x, slope));
        nodes.Add(Node("Mul", positive, relu, complement));
        nodes.Add(Node("Add", y, linear, positive));
    }

    private static NodeProto Node(string type, string output, params ReadOnlySpan<string> inputs)
    {
        var node = new NodeProto { OpType = type, Name = $"{type}_{output}", Output = { output } };
        foreach (var input in inputs)
            node.Input.Add(input);
        return node;
    }

    private static void RemoveUnused(GraphProto graph, IEnumerable<string> candidates)
    {
        var used = graph.Node.SelectMany(node => node.Input).Concat(graph.Output.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
        var unused = candidates.Where(name => !used.Contains(name)).ToHashSet(StringComparer.Ordinal);
        for (var i = graph.Initializer.Count - 1; i >= 0; i--)
        {
            if (unused.Contains(graph.Initializer[i].Name))
                graph.Initializer.RemoveAt(i);
        }
    }
}
