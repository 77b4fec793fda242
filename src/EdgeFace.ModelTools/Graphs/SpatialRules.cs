using EdgeFace.Core;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>Shapes of operators that slide a window over a picture, or change its size.</summary>
internal static class SpatialRules
{
    public static void Conv(NodeProto node, GraphShapes shapes)
    {
        var (x, w) = (shapes[node.Need(0)], shapes[node.Need(1)]);
        var group = node.Int("group", 1);
        if (x.Length < 3 || w.Length != x.Length || group < 1 || w[1] * group != x[1])
            throw new InputException($"{node.Title()} has weights [{string.Join(", ", w)}] in {group} groups, which do not fit its input [{string.Join(", ", x)}].");
        shapes.Add(node.Output[0], [x[0], w[0], .. Window(node, x[2..], w[2..])]);
    }

    public static void Pool(NodeProto node, GraphShapes shapes)
    {
        var x = shapes[node.Need(0)];
        var kernel = node.Ints("kernel_shape") ?? throw new InputException($"{node.Title()} lacks kernel_shape; the model is damaged.");
        shapes.Add(node.Output[0], [x[0], x[1], .. Window(node, x[2..], kernel)]);
    }

    public static void GlobalPool(NodeProto node, GraphShapes shapes)
    {
        var x = shapes[node.Need(0)];
        shapes.Add(node.Output[0], [x[0], x[1], .. x.Skip(2).Select(_ => 1L)]);
    }

    public static void Resize(NodeProto node, GraphShapes shapes)
    {
        var x = shapes[node.Need(0)];
        if (node.Has(3) && shapes.ValuesOf(node.Input[3]) is { } sizes)
        {
            shapes.Add(node.Output[0], sizes);
            return;
        }

        // Up to operator set 10 the scales are the second input, since 11 the third.
        var at = node.Has(2) ? 2 : 1;
        if (!node.Has(at) || shapes.FloatsOf(node.Input[at]) is not { } scales || scales.Length != x.Length)
            throw new InputException($"{node.Title()} has scales that are computed; only constant ones are supported.");
        shapes.Add(node.Output[0], [.. x.Select((size, axis) => (long)MathF.Floor(size * scales[axis]))]);
    }

    public static void SpaceToDepth(NodeProto node, GraphShapes shapes)
    {
        var x = shapes[node.Need(0)];
        var block = node.Int("blocksize", 0);
        if (block < 1 || x.Length != 4 || x[2] % block != 0 || x[3] % block != 0)
            throw new InputException($"{node.Title()} cannot cut [{string.Join(", ", x)}] into blocks of {block}; the input size does not suit this model.");
        shapes.Add(node.Output[0], [x[0], x[1] * block * block, x[2] / block, x[3] / block]);
    }

    private static IEnumerable<long> Window(NodeProto node, long[] sizes, long[] kernel)
    {
        var strides = node.Ints("strides");
        var dilations = node.Ints("dilations");
        var pads = node.Ints("pads");
        var automatic = node.Text("auto_pad", "NOTSET");
        var roundUp = node.Int("ceil_mode", 0) != 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            var stride = strides?[i] ?? 1;
            var reach = (dilations?[i] ?? 1) * (kernel[i] - 1) + 1;
            if (automatic is "SAME_UPPER" or "SAME_LOWER")
            {
                yield return (sizes[i] + stride - 1) / stride;
                continue;
            }

            var padding = automatic == "VALID" || pads is null ? 0 : pads[i] + pads[i + sizes.Length];
            var room = sizes[i] + padding - reach;
            if (room < 0)
                throw new InputException($"{node.Title()} has a window of {reach}, larger than its input of {sizes[i]} + {padding}; the input is too small.");
            yield return (room + (roundUp ? stride - 1 : 0)) / stride + 1;
        }
    }
}
