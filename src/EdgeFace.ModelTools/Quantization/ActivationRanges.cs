using EdgeFace.ModelTools.Graphs;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>Watches all float tensors of a model while it is shown the calibration inputs.</summary>
internal static class ActivationRanges
{
    /// <param name="model">The model in float.</param>
    /// <param name="shape">Of its input.</param>
    /// <param name="inputs">What it is shown, each run twice.</param>
    /// <param name="progress">Told the runs done and their number.</param>
    public static IReadOnlyDictionary<string, QuantizedRange> Measure(
        ModelProto model, string name, IReadOnlyList<int> shape, IReadOnlyList<float[]> inputs, RangeMethod method, Action<int, int> progress)
    {
        var watched = Watched(model, name);
        using var runner = new ModelRunner(WithOutputs(model, watched), name, shape);
        var histograms = watched.Select(_ => new TensorHistogram()).ToArray();
        for (var i = 0; i < inputs.Count * 2; i++)
        {
            var counting = i >= inputs.Count;
            runner.Run(inputs[i % inputs.Count], watched, (tensor, values) =>
            {
                if (counting)
                    histograms[tensor].Count(values);
                else
                    histograms[tensor].Bound(values);
            });
            progress(i + 1, inputs.Count * 2);
        }

        var ranges = watched.Zip(histograms, (tensor, histogram) => (tensor, Range: histogram.Choose(method)))
            .ToDictionary(entry => entry.tensor, entry => entry.Range, StringComparer.Ordinal);
        var input = new TensorHistogram();
        foreach (var values in inputs)
            input.Bound(values);
        // The pixels themselves are never clipped.
        ranges[model.Graph.Input[0].Name] = input.Choose(RangeMethod.MinMax);
        return ranges;
    }

    /// <summary>Pictures that operators make which may be quantised. What computes with shapes has other ranks and types.</summary>
    private static string[] Watched(ModelProto model, string name)
    {
        var shapes = GraphShapes.Infer(model, name);
        var graph = new ModelGraph(model.Graph);
        // What a layer reads is rounded even where its maker stays in float.
        var read = model.Graph.Node.Where(node => QdqBuilder.IsLayer(graph, node)).Select(node => node.Input[0]).Where(tensor => graph.ProducerOf(tensor) is not null);
        var made = model.Graph.Node.Where(QdqBuilder.MayQuantize).Select(node => node.Output[0]);
        return [.. made.Concat(read).Distinct(StringComparer.Ordinal).Where(tensor => shapes[tensor].Length == 4)];
    }

    public static byte[] WithOutputs(ModelProto model, IReadOnlyList<string> watched)
    {
        var copy = model.Clone();
        var known = copy.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in watched.Where(tensor => !known.Contains(tensor)))
        {
            copy.Graph.Output.Add(new ValueInfoProto
            {
                Name = tensor,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
            });
        }

        return copy.ToByteArray();
    }
}
