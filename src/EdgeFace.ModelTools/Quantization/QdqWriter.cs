using System.Runtime.InteropServices;
using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>Writes QuantizeLinear and DequantizeLinear and their numbers into a graph.</summary>
internal sealed class QdqWriter(GraphProto graph)
{
    private const int MaxWeight = 127;

    /// <summary>Bias beyond this fraction of int32 would leave no room for the sum that is added to it.</summary>
    private const double MaxBias = 1 << 30;

    private readonly NameSource _names = new(graph);
    private readonly List<NodeProto> _nodes = [];

    public IReadOnlyList<NodeProto> Nodes => _nodes;

    public void Add(NodeProto node) => _nodes.Add(node);

    public string Name(string wanted) => _names.Take(wanted);

    public string Node(string type, string output, params ReadOnlySpan<string> inputs)
    {
        var node = new NodeProto { OpType = type, Name = _names.Take($"{output}_{type}"), Output = { output } };
        foreach (var input in inputs)
            node.Input.Add(input);
        _nodes.Add(node);
        return output;
    }

    public (string Scale, string ZeroPoint) Numbers(string tensor, QuantizedRange range)
    {
        var scale = FloatTensor.Add(graph, _names.Take(tensor + "_scale"), [], [range.Scale]);
        return (scale, AddRaw(tensor + "_zero", TensorProto.Types.DataType.Uint8, [], [range.ZeroPoint]));
    }

    public string Quantize(string tensor, string target, (string Scale, string ZeroPoint) numbers)
        => Node("QuantizeLinear", _names.Take(target), tensor, numbers.Scale, numbers.ZeroPoint);

    public string Dequantize(string tensor, string output, (string Scale, string ZeroPoint) numbers)
        => Node("DequantizeLinear", output, tensor, numbers.Scale, numbers.ZeroPoint);

    /// <summary>The same numbers behind an operator that the runtime does not look through.</summary>
    public string Guard(string tensor)
        => Node("Max", _names.Take(tensor + "_guarded"), tensor, FloatTensor.Add(graph, _names.Take(tensor + "_lowest"), [], [float.MinValue]));

    /// <summary>Weights as signed bytes with a scale for each output channel (axis 0), symmetric: zero is exact.</summary>
    /// <param name="bias">Null where the layer has none.</param>
    /// <returns>Names of the dequantised weights and bias; null bias where there is none.</returns>
    public (string Weights, string? Bias) Weights(string layer, long[] dims, float[] weights, float[]? bias, float inputScale)
    {
        var channels = (int)dims[0];
        var span = weights.Length / channels;
        var scales = new float[channels];
        var bytes = new byte[weights.Length];
        for (var channel = 0; channel < channels; channel++)
        {
            var row = weights.AsSpan(channel * span, span);
            scales[channel] = Scale(row, bias?[channel] ?? 0, inputScale);
            for (var i = 0; i < span; i++)
                bytes[channel * span + i] = (byte)(sbyte)Math.Clamp(MathF.Round(row[i] / scales[channel]), -MaxWeight, MaxWeight);
        }

        var quantized = AddRaw(layer + "_weights", TensorProto.Types.DataType.Int8, dims, bytes);
        var zeros = AddRaw(layer + "_weights_zero", TensorProto.Types.DataType.Int8, [channels], new byte[channels]);
        var weightsName = PerChannel(layer + "_weights_float", quantized, FloatTensor.Add(graph, _names.Take(layer + "_weights_scale"), [channels], scales), zeros);
        return (weightsName, bias is null ? null : Bias(layer, bias, scales, inputScale));
    }

    private static float Scale(ReadOnlySpan<float> row, float bias, float inputScale)
    {
        var largest = 0f;
        foreach (var weight in row)
            largest = MathF.Max(largest, MathF.Abs(weight));
        var scale = MathF.Max(largest / MaxWeight, (float)(Math.Abs(bias) / (inputScale * MaxBias)));
        return scale > 1e-20f ? scale : 1;
    }

    private string Bias(string layer, float[] bias, float[] scales, float inputScale)
    {
        var biasScales = new float[bias.Length];
        var integers = new int[bias.Length];
        for (var i = 0; i < bias.Length; i++)
        {
            biasScales[i] = scales[i] * inputScale;
            integers[i] = (int)Math.Round((double)bias[i] / biasScales[i]);
        }

        var quantized = AddRaw(layer + "_bias", TensorProto.Types.DataType.Int32, [bias.Length], MemoryMarshal.AsBytes<int>(integers));
        var zeros = AddRaw(layer + "_bias_zero", TensorProto.Types.DataType.Int32, [bias.Length], new byte[bias.Length * sizeof(int)]);
        return PerChannel(layer + "_bias_float", quantized, FloatTensor.Add(graph, _names.Take(layer + "_bias_scale"), [bias.Length], biasScales), zeros);
    }

    private string PerChannel(string output, string tensor, string scale, string zeros)
    {
        var name = Node("DequantizeLinear", _names.Take(output), tensor, scale, zeros);
        _nodes[^1].Set("axis", 0);
        return name;
    }

    private string AddRaw(string name, TensorProto.Types.DataType type, long[] dims, ReadOnlySpan<byte> bytes)
    {
        var taken = _names.Take(name);
        graph.Initializer.Add(new TensorProto { Name = taken, DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) });
        return taken;
    }
}
