using EdgeFace.Core;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>Operators that lay a tensor out anew, and those that compute with shapes.</summary>
internal static class ReshapeRules
{
    public static void Reshape(NodeProto node, GraphShapes shapes)
    {
        var from = shapes[node.Need(0)];
        var wanted = Values(node, 1, shapes);
        long[] shape = [.. wanted.Select((size, axis) => size == 0 ? from[axis] : size)];
        var free = Array.IndexOf(shape, -1);
        var count = GraphShapes.Product(from);
        var known = GraphShapes.Product(shape.Where(size => size != -1));
        if (free >= 0 && known > 0)
            shape[free] = count / known;
        if (GraphShapes.Product(shape) != count)
            throw new InputException($"{node.Title()} cannot lay [{string.Join(", ", from)}] out as [{string.Join(", ", wanted)}]; the input size does not suit this model.");
        shapes.Add(node.Output[0], shape, shapes.ValuesOf(node.Input[0]));
    }

    public static void Shape(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)];
        shapes.Add(node.Output[0], [shape.Length], shape);
    }

    public static void Gather(NodeProto node, GraphShapes shapes)
    {
        var (data, indices) = (shapes[node.Need(0)], shapes[node.Need(1)]);
        var axis = (int)ShapeRules.Axis(node.Int("axis", 0), data.Length);
        var values = axis == 0 && data.Length == 1 && shapes.ValuesOf(node.Input[0]) is { } known && shapes.ValuesOf(node.Input[1]) is { } chosen
            ? chosen.Select(index => known[ShapeRules.Axis(index, known.Length)]).ToArray()
            : null;
        shapes.Add(node.Output[0], [.. data[..axis], .. indices, .. data[(axis + 1)..]], values);
    }

    public static void Unsqueeze(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)].ToList();
        var axes = node.Ints("axes") ?? Values(node, 1, shapes);
        var rank = shape.Count + axes.Length;
        foreach (var axis in axes.Select(axis => ShapeRules.Axis(axis, rank)).Order())
            shape.Insert((int)axis, 1);
        shapes.Add(node.Output[0], [.. shape], shapes.ValuesOf(node.Input[0]));
    }

    public static void Squeeze(NodeProto node, GraphShapes shapes)
    {
        var shape = shapes[node.Need(0)];
        var axes = node.Ints("axes") ?? (node.Has(1) ? Values(node, 1, shapes) : null);
        var removed = axes?.Select(axis => ShapeRules.Axis(axis, shape.Length)).ToHashSet();
        shapes.Add(node.Output[0], [.. shape.Where((size, axis) => removed is null ? size != 1 : !removed.Contains(axis))], shapes.ValuesOf(node.Input[0]));
    }

    public static void Slice(NodeProto node, GraphShapes shapes)
    {
        var shape = (long[])shapes[node.Need(0)].Clone();
        // Up to operator set 9 these are attributes, since 10 inputs.
        var starts = node.Ints("starts") ?? Values(node, 1, shapes);
        var ends = node.Ints("ends") ?? Values(node, 2, shapes);
        var axes = node.Ints("axes") ?? (node.Has(3) ? Values(node, 3, shapes) : [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)]);
        var steps = node.Has(4) ? Values(node, 4, shapes) : [.. starts.Select(_ => 1L)];
        var values = shapes.ValuesOf(node.Input[0]);
        for (var i = 0; i < axes.Length; i++)
        {
            if (steps[i] < 1)
                throw new InputException($"{node.Title()} steps by {steps[i]}; only forward slices are supported.");
            var axis = ShapeRules.Axis(axes[i], shape.Length);
            var (first, last) = (Clamp(starts[i], shape[axis]), Clamp(ends[i], shape[axis]));
            values = shape.Length == 1 && values is not null ? [.. values.Where((_, at) => at >= first && at < last && (at - first) % steps[i] == 0)] : null;
            shape[axis] = last > first ? (last - first + steps[i] - 1) / steps[i] : 0;
        }

        shapes.Add(node.Output[0], shape, values);
    }

    private static long Clamp(long position, long size) => Math.Clamp(position < 0 ? position + size : position, 0, size);

    private static long[] Values(NodeProto node, int input, GraphShapes shapes)
        => shapes.ValuesOf(node.Need(input)) ?? throw new InputException($"{node.Title()} takes its numbers from '{node.Input[input]}', which is not known before the model runs.");
}
