using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>Cuts weights, biases and broadcast constants of a node down to the channels that stay.</summary>
internal sealed class ChannelTrimmer(ModelGraph graph, ChannelClasses channels, GraphShapes shapes, ConstantChannels constants)
{
    private readonly NameSource _names = new(graph.Proto);

    public void Trim(NodeProto node)
    {
        if (ChannelClasses.IsDense(graph, node))
            TrimDense(node);
        else if (ChannelClasses.IsDepthwise(graph, node))
            TrimDepthwise(node);
        else if (node.Output.Count == 1 && channels.KeptOf(node.Output[0]) is { } kept)
            TrimConstants(node, kept);
    }

    private void TrimDense(NodeProto node)
    {
        var inputs = channels.KeptOf(node.Input[0]);
        var outputs = channels.KeptOf(node.Output[0]);
        if (inputs is null && outputs is null)
            return;
        var dims = graph.DimsOf(node, 1)!;
        var weights = graph.FloatsOf(node, 1)!;
        var area = (int)(weights.Length / (dims[0] * dims[1]));
        var bias = graph.FloatsOf(node, 2) ?? new float[dims[0]];
        var folded = FoldConstants(node, weights, dims, area, bias);
        if (inputs is not null)
        {
            weights = Pick(weights, (int)dims[0], (int)dims[1], area, inputs);
            dims[1] = inputs.Length;
        }

        if (outputs is not null)
        {
            weights = Pick(weights, 1, (int)dims[0], (int)dims[1] * area, outputs);
            bias = Pick(bias, 1, (int)dims[0], 1, outputs);
            dims[0] = outputs.Length;
        }

        Replace(node, 1, dims, weights);
        if (node.Has(2) || folded)
            Replace(node, 2, [dims[0]], bias);
    }

    private bool FoldConstants(NodeProto node, float[] weights, long[] dims, int area, float[] bias)
    {
        var folded = false;
        for (var input = 0; input < dims[1]; input++)
        {
            var value = constants[node.Input[0], input];
            // Neither zero nor NaN, which stands for a channel that is not constant: no weight reads that one.
            if (channels.IsKept(node.Input[0], input) || !(value > 0 || value < 0))
                continue;
            folded = true;
            for (var output = 0; output < dims[0]; output++)
                bias[output] += (float)(value * ConstantChannels.Sum(weights.AsSpan((int)(output * dims[1] + input) * area, area)));
        }

        return folded;
    }

    private void TrimDepthwise(NodeProto node)
    {
        if (channels.KeptOf(node.Output[0]) is not { } kept)
            return;
        var dims = graph.DimsOf(node, 1)!;
        var weights = graph.FloatsOf(node, 1)!;
        var multiplier = dims[0] / node.Int("group", 1);
        Replace(node, 1, [kept.Length, .. dims[1..]], Pick(weights, 1, (int)dims[0], weights.Length / (int)dims[0], kept));
        if (graph.FloatsOf(node, 2) is { } bias)
            Replace(node, 2, [kept.Length], Pick(bias, 1, (int)dims[0], 1, kept));
        node.Set("group", kept.Length / multiplier);
    }

    private void TrimConstants(NodeProto node, int[] kept)
    {
        var rank = shapes[node.Output[0]].Length;
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (node.Input[i].Length == 0 || graph.ConstantOf(node.Input[i]) is not { } tensor)
                continue;
            // The five vectors of BatchNorm have the channel as their only axis.
            var axis = node.Is("BatchNormalization") ? 0 : ChannelClasses.ChannelAxis(tensor.Dims, rank);
            if (axis < 0)
                continue;
            long[] dims = [.. tensor.Dims];
            var before = (int)GraphShapes.Product(dims[..axis]);
            var after = (int)GraphShapes.Product(dims[(axis + 1)..]);
            var values = Pick(FloatTensor.Read(tensor), before, (int)dims[axis], after, kept);
            dims[axis] = kept.Length;
            Replace(node, i, dims, values);
        }
    }

    private void Replace(NodeProto node, int input, long[] dims, float[] values)
    {
        // A new tensor, since other nodes may read the old one with other channels.
        var stem = node.Has(input) ? node.Input[input] : node.Output[0] + "_bias";
        var name = FloatTensor.Add(graph.Proto, _names.Take(stem.EndsWith("_cut", StringComparison.Ordinal) ? stem : stem + "_cut"), dims, values);
        while (node.Input.Count <= input)
            node.Input.Add("");
        node.Input[input] = name;
    }

    private static float[] Pick(float[] values, int before, int count, int after, int[] kept)
    {
        var result = new float[before * kept.Length * after];
        for (var b = 0; b < before; b++)
        {
            for (var k = 0; k < kept.Length; k++)
                values.AsSpan((b * count + kept[k]) * after, after).CopyTo(result.AsSpan((b * kept.Length + k) * after));
        }

        return result;
    }
}
