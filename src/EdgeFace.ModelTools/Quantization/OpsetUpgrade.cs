using EdgeFace.Core;
using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>Brings a model to operator set 13, the first in which weights have a scale for each channel.</summary>
internal static class OpsetUpgrade
{
    public const long Target = 13;

    private const long TargetIrVersion = 7;

    /// <summary>Operators of which sets 7 to 13 changed what attributes or inputs mean, beyond those that are rewritten here.</summary>
    private static readonly HashSet<string> Changed =
        ["Upsample", "Split", "ReduceSum", "TopK", "Pad", "Scan", "Loop", "NonMaxSuppression", "Dropout", "Resize", "LogSoftmax", "Hardmax"];

    /// <param name="name">Of the model, for messages.</param>
    /// <exception cref="InputException">The set is older than 7, or an operator changed its meaning in a way that is not known here.</exception>
    public static void Apply(ModelProto model, string name)
    {
        var set = model.OpsetImport.First(set => set.Domain is "" or "ai.onnx");
        if (set.Version < 7)
            throw new InputException($"{name}: is written for operator set {set.Version}; export it for set 13.");
        if (set.Version >= Target)
            return;
        foreach (var node in model.Graph.Node.ToArray())
            Upgrade(model.Graph, node, set.Version, name);
        set.Version = Target;
        model.IrVersion = Math.Max(model.IrVersion, TargetIrVersion);
    }

    private static void Upgrade(GraphProto graph, NodeProto node, long from, string name)
    {
        switch (node.OpType)
        {
            case "Unsqueeze" or "Squeeze":
                MoveToInputs(graph, node, "axes");
                break;
            case "Slice" when from < 10:
                node.Unset("axes", out var axes);
                MoveToInputs(graph, node, "starts");
                MoveToInputs(graph, node, "ends");
                if (axes is not null)
                    AddInput(graph, node, "axes", axes);
                break;
            case "Clip" when from < 11:
                throw new InputException($"{name}: {node.Title()} is of operator set {from}; export the model for set 13.");
            case "Softmax" when node.Int("axis", 1) == 1:
                // Before set 13 the axes from this one on were taken together; only for the last one is that the same.
                throw new InputException($"{name}: {node.Title()} runs over several axes; export the model for set 13.");
            case "Resize" when from >= 11:
                break;
            default:
                if (Changed.Contains(node.OpType))
                    throw new InputException($"{name}: {node.Title()} is of operator set {from}; export the model for set 13.");
                break;
        }
    }

    private static void MoveToInputs(GraphProto graph, NodeProto node, string attribute)
    {
        node.Unset(attribute, out var values);
        if (values is not null)
            AddInput(graph, node, attribute, values);
    }

    private static void AddInput(GraphProto graph, NodeProto node, string attribute, long[] values)
    {
        var tensor = new TensorProto
        {
            Name = new NameSource(graph).Take($"{node.Output[0]}_{attribute}"),
            DataType = (int)TensorProto.Types.DataType.Int64,
            Dims = { values.Length },
            Int64Data = { values },
        };
        graph.Initializer.Add(tensor);
        node.Input.Add(tensor.Name);
    }

    private static void Unset(this NodeProto node, string attribute, out long[]? values)
    {
        values = node.Ints(attribute);
        node.Unset(attribute);
    }
}
