using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>Names that nothing in the graph has yet.</summary>
internal sealed class NameSource
{
    private readonly HashSet<string> _taken;

    public NameSource(GraphProto graph)
        => _taken = graph.Node.SelectMany(node => node.Input.Concat(node.Output).Append(node.Name))
            .Concat(graph.Initializer.Select(tensor => tensor.Name))
            .Concat(graph.Input.Select(input => input.Name))
            .ToHashSet(StringComparer.Ordinal);

    public string Take(string wanted)
    {
        var name = wanted;
        for (var i = 2; !_taken.Add(name); i++)
            name = $"{wanted}_{i}";
        return name;
    }
}
