using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>
/// Makes the channels of a tensor equally large, so that one scale serves them all (Nagel et al. 2019, cross-layer
/// equalization). ReLU and PRelu let positive factors through, and the convolutions on both sides take them up. Behind a
/// depthwise convolution that costs nothing, since each of its channels has a weight scale of its own; behind a dense one
/// the factors widen the spread of weights that share a scale, so there only their square root is applied.
/// </summary>
internal static class ChannelEqualization
{
    /// <summary>More would lift channels that hardly ever speak.</summary>
    private const float MaxFactor = 64;

    /// <returns>How many tensors were equalised.</returns>
    public static int Apply(ModelProto model, string name, IReadOnlyList<int> shape, IReadOnlyList<float[]> inputs, Action<int, int> progress)
    {
        var pairs = Pairs(new ModelGraph(model.Graph));
        if (pairs.Count == 0)
            return 0;
        var peaks = Peaks(model, name, shape, inputs, [.. pairs.Select(pair => pair.Producer.Output[0])], progress);
        var names = new NameSource(model.Graph);
        for (var i = 0; i < pairs.Count; i++)
        {
            var graph = new ModelGraph(model.Graph);
            var (producer, reader) = pairs[i];
            var factors = Factors(peaks[i], Folding.ChannelClasses.IsDepthwise(graph, reader));
            ConvolutionScaling.ScaleOutputs(graph, names, producer, factors);
            ConvolutionScaling.ScaleInputs(graph, names, reader, [.. factors.Select(factor => 1 / factor)]);
        }

        ModelGraph.Clean(model.Graph);
        return pairs.Count;
    }

    private static List<(NodeProto Producer, NodeProto Reader)> Pairs(ModelGraph graph)
    {
        var pairs = new List<(NodeProto, NodeProto)>();
        foreach (var producer in graph.Proto.Node.Where(node => ConvolutionScaling.IsPlain(graph, node)))
        {
            var next = graph.OnlyConsumerOf(producer.Output[0]);
            if (next is not null && (next.Is("Relu") || next.Is("LeakyRelu") || (next.Is("PRelu") && graph.FloatsOf(next, 1) is not null && next.Input[0] == producer.Output[0])))
                next = graph.OnlyConsumerOf(next.Output[0]);
            if (next is not null && ConvolutionScaling.IsPlain(graph, next))
                pairs.Add((producer, next));
        }

        return pairs;
    }

    private static float[][] Peaks(
        ModelProto model, string name, IReadOnlyList<int> shape, IReadOnlyList<float[]> inputs, string[] tensors, Action<int, int> progress)
    {
        var graph = new ModelGraph(model.Graph);
        var peaks = tensors.Select(tensor => new float[graph.DimsOf(graph.ProducerOf(tensor)!, 1)![0]]).ToArray();
        using var runner = new ModelRunner(ActivationRanges.WithOutputs(model, tensors), name, shape);
        for (var i = 0; i < inputs.Count; i++)
        {
            runner.Run(inputs[i], tensors, (tensor, values) => Raise(peaks[tensor], values));
            progress(i + 1, inputs.Count);
        }

        return peaks;
    }

    private static void Raise(float[] peaks, ReadOnlySpan<float> values)
    {
        var area = values.Length / peaks.Length;
        for (var channel = 0; channel < peaks.Length; channel++)
        {
            foreach (var value in values.Slice(channel * area, area))
                peaks[channel] = MathF.Max(peaks[channel], MathF.Abs(value));
        }
    }

    private static float[] Factors(float[] peaks, bool depthwise)
    {
        var largest = peaks.Max();
        return
        [
            .. peaks.Select(peak =>
            {
                var factor = peak > 0 ? MathF.Min(largest / peak, MaxFactor) : 1;
                return depthwise ? factor : MathF.Sqrt(factor);
            }),
        ];
    }
}
