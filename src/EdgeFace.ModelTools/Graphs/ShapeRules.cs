using System.Diagnostics.CodeAnalysis;
using EdgeFace.Core;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>The shape that each known operator gives its output (ONNX operator sets 7 to 13).</summary>
internal static class ShapeRules
{
    private static readonly Dictionary<string, Action<NodeProto, GraphShapes>> Rules = Create();

    public static IEnumerable<string> Known => Rules.Keys.Order(StringComparer.Ordinal);

    public static bool TryFind(string type, [NotNullWhen(true)] out Action<NodeProto, GraphShapes>? rule) => Rules.TryGetValue(type, out rule);

    private static Dictionary<string, Action<NodeProto, GraphShapes>> Create()
    {
        var rules = new Dictionary<string, Action<NodeProto, GraphShapes>>(StringComparer.Ordinal)
        {
            ["Conv"] = SpatialRules.Conv,
            ["MaxPool"] = SpatialRules.Pool,
            ["AveragePool"] = SpatialRules.Pool,
            ["GlobalAveragePool"] = SpatialRules.GlobalPool,
            ["GlobalMaxPool"] = SpatialRules.GlobalPool,
            ["Resize"] = SpatialRules.Resize,
            ["Upsample"] = SpatialRules.Resize,
            ["SpaceToDepth"] = SpatialRules.SpaceToDepth,
            ["Gemm"] = Gemm,
            ["MatMul"] = MatMul,
            ["Concat"] = Concat,
            ["Transpose"] = Transpose,
            ["Flatten"] = Flatten,
            ["Reshape"] = ReshapeRules.Reshape,
            ["Shape"] = ReshapeRules.Shape,
            ["Gather"] = ReshapeRules.Gather,
            ["Unsqueeze"] = ReshapeRules.Unsqueeze,
            ["Squeeze"] = ReshapeRules.Squeeze,
            ["Slice"] = ReshapeRules.Slice,
        };
        foreach (var type in new[]
        {
            "Relu", "LeakyRelu", "PRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Log", "Sqrt", "Abs", "Neg", "Clip", "Softmax", "Identity",
            "Dropout", "Cast", "BatchNormalization", "QuantizeLinear", "DequantizeLinear",
        })
            rules[type] = Same;
        foreach (var type in new[] { "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min" })
            rules[type] = Broadcast;
        return rules;
    }

    private static void Same(NodeProto node, GraphShapes shapes) => shapes.Add(node.Output[0], shapes[node.Need(0)], shapes.ValuesOf(node.Input[0]));

    private static void Broadcast(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)];
        for (var i = 1; i < node.Input.Count; i++)
            shape = Broadcast(node, shape, shapes[node.Input[i]]);
        shapes.Add(node.Output[0], shape, Compute(node, shapes));
    }

    private static long[]? Compute(NodeProto node, GraphShapes shapes)
    {
        if (node.Input.Count != 2 || shapes.ValuesOf(node.Input[0]) is not { } a || shapes.ValuesOf(node.Input[1]) is not { } b || (a.Length != b.Length && b.Length != 1))
            return null;
        return node.OpType switch
        {
            "Add" => [.. a.Select((value, i) => value + b[i % b.Length])],
            "Sub" => [.. a.Select((value, i) => value - b[i % b.Length])],
            "Mul" => [.. a.Select((value, i) => value * b[i % b.Length])],
            "Div" => [.. a.Select((value, i) => value / b[i % b.Length])],
            _ => null,
        };
    }

    private static long[] Broadcast(NodeProto node, long[] a, long[] b)
    {
        var result = new long[Math.Max(a.Length, b.Length)];
        for (var i = 1; i <= result.Length; i++)
        {
            var (x, y) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            if (x != y && x != 1 && y != 1)
                throw new InputException($"{node.Title()} cannot join [{string.Join(", ", a)}] and [{string.Join(", ", b)}]; the input size does not suit this model.");
            result[^i] = x == 1 ? y : x;
        }

        return result;
    }

    private static void Gemm(NodeProto node, GraphShapes shapes)
    {
        var (a, b) = (shapes[node.Need(0)], shapes[node.Need(1)]);
        var (rows, depth) = node.Int("transA", 0) == 0 ? (a[0], a[1]) : (a[1], a[0]);
        var (inner, columns) = node.Int("transB", 0) == 0 ? (b[0], b[1]) : (b[1], b[0]);
        if (depth != inner)
            throw new InputException($"{node.Title()} cannot multiply [{string.Join(", ", a)}] and [{string.Join(", ", b)}]; the input size does not suit this model.");
        shapes.Add(node.Output[0], [rows, columns]);
    }

    private static void MatMul(NodeProto node, GraphShapes shapes)
    {
        var (a, b) = (shapes[node.Need(0)], shapes[node.Need(1)]);
        if (a.Length < 2 || b.Length < 2 || a[^1] != b[^2])
            throw new InputException($"{node.Title()} cannot multiply [{string.Join(", ", a)}] and [{string.Join(", ", b)}].");
        shapes.Add(node.Output[0], [.. Broadcast(node, a[..^2], b[..^2]), a[^2], b[^1]]);
    }

    private static void Concat(NodeProto node, GraphShapes shapes)
    {
        long[] result = [.. shapes[node.Need(0)]];
        var axis = Axis(node.Int("axis", 1), result.Length);
        foreach (var part in node.Input.Skip(1).Select(input => shapes[input]))
        {
            if (part.Length != result.Length || part.Where((size, i) => i != axis && size != result[i]).Any())
                throw new InputException($"{node.Title()} cannot join [{string.Join(", ", result)}] and [{string.Join(", ", part)}]; the input size does not suit this model.");
            result[axis] += part[axis];
        }

        var values = node.Input.Select(shapes.ValuesOf).ToArray();
        shapes.Add(node.Output[0], result, values.All(value => value is not null) ? [.. values.SelectMany(value => value!)] : null);
    }

    private static void Transpose(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)];
        var order = node.Ints("perm") ?? [.. Enumerable.Range(0, shape.Length).Reverse().Select(axis => (long)axis)];
        shapes.Add(node.Output[0], [.. order.Select(axis => shape[axis])]);
    }

    private static void Flatten(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)];
        var axis = (int)Axis(node.Int("axis", 1), shape.Length);
        shapes.Add(node.Output[0], [GraphShapes.Product(shape[..axis]), GraphShapes.Product(shape[axis..])]);
    }

    internal static long Axis(long axis, int rank) => axis < 0 ? axis + rank : axis;
}
