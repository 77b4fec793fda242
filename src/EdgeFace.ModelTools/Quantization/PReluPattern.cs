using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>
/// Prepares PRelu for integers. Folding wrote it as a*x + (1 - a)*Relu(x), which is four passes over a tensor; for
/// slopes up to 1 it is also max(x, a*x), of which a*x is a depthwise 1x1 convolution and max works on the bytes themselves.
/// </summary>
internal static class PReluPattern
{
    /// <summary>Puts the four operators of a folded PRelu back into one.</summary>
    public static int Collapse(GraphProto proto)
    {
        var collapsed = 0;
        for (var i = 0; i < proto.Node.Count; i++)
        {
            if (TryCollapse(new ModelGraph(proto), proto.Node[i]))
                collapsed++;
        }

        if (collapsed > 0)
            ModelGraph.Clean(proto);
        return collapsed;
    }

    /// <summary>
    /// Turns slopes above 1 into such below: PRelu(x, a) = -a PRelu(-x, 1/a), whose signs and factors go into the
    /// convolutions before and after. Where that is not possible the PRelu stays, and will be computed in float.
    /// </summary>
    public static void FlipSteepSlopes(GraphProto proto)
    {
        var names = new NameSource(proto);
        foreach (var node in proto.Node.Where(node => node.Is("PRelu")).ToArray())
            Flip(new ModelGraph(proto), names, node);
        ModelGraph.Clean(proto);
    }

    private static bool TryCollapse(ModelGraph graph, NodeProto add)
    {
        if (!add.Is("Add") || graph.ProducerOf(add.Input[0]) is not { } linear || graph.ProducerOf(add.Input[1]) is not { } positive || !linear.Is("Mul") || !positive.Is("Mul")
            || graph.FloatsOf(linear, 1) is not { } slope || graph.FloatsOf(positive, 1) is not { } complement || slope.Length != complement.Length
            || graph.ProducerOf(positive.Input[0]) is not { } relu || !relu.Is("Relu") || relu.Input[0] != linear.Input[0]
            || graph.OnlyConsumerOf(linear.Output[0]) != add || graph.OnlyConsumerOf(positive.Output[0]) != add || graph.OnlyConsumerOf(relu.Output[0]) != positive)
            return false;
        for (var i = 0; i < slope.Length; i++)
        {
            if (complement[i] != 1 - slope[i])
                return false;
        }

        var (x, a) = (linear.Input[0], linear.Input[1]);
        add.OpType = "PRelu";
        add.Input.Clear();
        add.Input.Add(x);
        add.Input.Add(a);
        return true;
    }

    private static void Flip(ModelGraph graph, NameSource names, NodeProto node)
    {
        if (graph.FloatsOf(node, 1) is not { } slopes || !slopes.Any(slope => slope > 1) || graph.IsOutput(node.Output[0])
            || graph.ProducerOf(node.Input[0]) is not { } producer || !ConvolutionScaling.IsPlain(graph, producer) || graph.OnlyConsumerOf(producer.Output[0]) != node
            || graph.DimsOf(producer, 1)![0] != slopes.Length || !graph.ConsumersOf(node.Output[0]).All(reader => ConvolutionScaling.IsPlain(graph, reader) && reader.Input[0] == node.Output[0]))
            return;
        float[] before = [.. slopes.Select(slope => slope > 1 ? -1f : 1f)];
        float[] after = [.. slopes.Select(slope => slope > 1 ? -slope : 1f)];
        ConvolutionScaling.ScaleOutputs(graph, names, producer, before);
        foreach (var reader in graph.ConsumersOf(node.Output[0]))
            ConvolutionScaling.ScaleInputs(graph, names, reader, after);
        ConvolutionScaling.Replace(graph, names, node, 1, [.. slopes.Select(slope => slope > 1 ? 1 / slope : slope)]);
    }
}
