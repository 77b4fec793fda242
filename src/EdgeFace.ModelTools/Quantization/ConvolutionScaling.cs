using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>Multiplies channels by factors inside the weights of the convolutions that make or read them.</summary>
internal static class ConvolutionScaling
{
    /// <summary>Dense or depthwise, with constant weights and bias.</summary>
    public static bool IsPlain(ModelGraph graph, NodeProto node) => ChannelClasses.IsDense(graph, node) || ChannelClasses.IsDepthwise(graph, node);

    public static void ScaleOutputs(ModelGraph graph, NameSource names, NodeProto layer, float[] factors)
    {
        var weights = graph.FloatsOf(layer, 1)!;
        var span = weights.Length / factors.Length;
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= factors[i / span];
        Replace(graph, names, layer, 1, weights);
        if (graph.FloatsOf(layer, 2) is { } bias)
            Replace(graph, names, layer, 2, [.. bias.Select((value, channel) => value * factors[channel])]);
    }

    public static void ScaleInputs(ModelGraph graph, NameSource names, NodeProto layer, float[] factors)
    {
        var dims = graph.DimsOf(layer, 1)!;
        var weights = graph.FloatsOf(layer, 1)!;
        var area = weights.Length / (int)(dims[0] * dims[1]);
        var depthwise = ChannelClasses.IsDepthwise(graph, layer);
        var multiplier = dims[0] / layer.Int("group", 1);
        for (var i = 0; i < weights.Length; i++)
        {
            var kernel = i / area;
            weights[i] *= factors[depthwise ? kernel / multiplier : kernel % dims[1]];
        }

        Replace(graph, names, layer, 1, weights);
    }

    /// <summary>A new tensor in place of a constant input, since other nodes may read the old one.</summary>
    public static void Replace(ModelGraph graph, NameSource names, NodeProto node, int input, float[] values)
        => node.Input[input] = FloatTensor.Add(graph.Proto, names.Take(node.Input[input] + "_scaled"), graph.DimsOf(node, input)!, values);
}
