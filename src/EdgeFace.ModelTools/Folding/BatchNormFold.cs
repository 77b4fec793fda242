using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Puts BatchNorm into the convolution or fully connected layer before it: w' = w g / sqrt(v + e),
/// b' = (b - m) g / sqrt(v + e) + beta (Ioffe and Szegedy 2015, with the running statistics).
/// </summary>
internal static class BatchNormFold
{
    /// <returns>How many were folded. One whose layer has other readers, or whose numbers are computed, stays.</returns>
    public static int Apply(GraphProto proto)
    {
        var folded = 0;
        var graph = new ModelGraph(proto);
        var names = new NameSource(proto);
        foreach (var norm in proto.Node.Where(node => node.Is("BatchNormalization")).ToArray())
        {
            if (Layer(graph, norm) is not { } layer || Affine(graph, norm) is not { } affine || !TryFold(graph, names, layer, affine))
                continue;
            layer.Output[0] = norm.Output[0];
            proto.Node.Remove(norm);
            graph = new ModelGraph(proto);
            folded++;
        }

        if (folded > 0)
            ModelGraph.Clean(proto);
        return folded;
    }

    private static NodeProto? Layer(ModelGraph graph, NodeProto norm)
        => norm.Output.Count(output => output.Length > 0) == 1
            && graph.ProducerOf(norm.Input[0]) is { } layer && (layer.Is("Conv") || layer.Is("Gemm"))
            && graph.OnlyConsumerOf(layer.Output[0]) == norm ? layer : null;

    private static (float[] Scale, float[] Shift)? Affine(ModelGraph graph, NodeProto norm)
    {
        if (graph.FloatsOf(norm, 1) is not { } gamma || graph.FloatsOf(norm, 2) is not { } beta || graph.FloatsOf(norm, 3) is not { } mean || graph.FloatsOf(norm, 4) is not { } variance)
            return null;
        var epsilon = norm.Float("epsilon", 1e-5f);
        float[] scale = [.. gamma.Select((g, c) => (float)(g / Math.Sqrt((double)variance[c] + epsilon)))];
        return (scale, [.. beta.Select((b, c) => (float)(b - (double)mean[c] * scale[c]))]);
    }

    private static bool TryFold(ModelGraph graph, NameSource names, NodeProto layer, (float[] Scale, float[] Shift) affine)
    {
        var channels = affine.Scale.Length;
        if (graph.FloatsOf(layer, 1) is not { } weights || graph.DimsOf(layer, 1) is not { } dims)
            return false;
        var bias = layer.Has(2) ? graph.FloatsOf(layer, 2) : new float[channels];
        var alongRows = layer.Is("Conv") || layer.Int("transB", 0) != 0;
        if (bias is null || bias.Length != channels || dims[alongRows ? 0 : 1] != channels || (layer.Is("Gemm") && (layer.Float("alpha", 1) != 1 || layer.Float("beta", 1) != 1)))
            return false;

        var span = weights.Length / channels;
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= affine.Scale[alongRows ? i / span : i % channels];
        for (var c = 0; c < channels; c++)
            bias[c] = bias[c] * affine.Scale[c] + affine.Shift[c];
        // New tensors, since others may read the old ones.
        layer.Input[1] = FloatTensor.Add(graph.Proto, names.Take(layer.Input[1] + "_folded"), dims, weights);
        var name = FloatTensor.Add(graph.Proto, names.Take(layer.Input[1] + "_bias"), [channels], bias);
        if (layer.Input.Count > 2)
            layer.Input[2] = name;
        else
            layer.Input.Add(name);
        return true;
    }
}
