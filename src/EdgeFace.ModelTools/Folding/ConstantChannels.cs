using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>Channels that are one known number at every position, whatever the model is shown.</summary>
internal sealed class ConstantChannels
{
    private readonly Dictionary<string, float[]> _values = new(StringComparer.Ordinal);
    private readonly ModelGraph _graph;
    private readonly GraphShapes _shapes;

    public ConstantChannels(ModelGraph graph, GraphShapes shapes)
    {
        _graph = graph;
        _shapes = shapes;
        foreach (var node in graph.Proto.Node)
        {
            if (node.Output.Count == 1 && shapes.TryGet(node.Output[0], out var shape) && shape.Length == 4 && Compute(node, (int)shape[1]) is { } values)
                _values[node.Output[0]] = values;
        }
    }

    /// <summary>The number, or NaN when the channel is not constant.</summary>
    public float this[string tensor, int channel] => _values.TryGetValue(tensor, out var values) ? values[channel] : float.NaN;

    /// <summary>Whether a dense convolution's reading of a channel can go into its bias: at the border, padding reads zeros instead.</summary>
    public bool CanFold(NodeProto layer, int channel) => Passes(layer, this[layer.Input[0], channel]);

    private static bool Passes(NodeProto layer, float value)
        => value == 0 || (!float.IsNaN(value) && layer.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID" && (layer.Ints("pads")?.All(pad => pad == 0) ?? true));

    private float[]? Compute(NodeProto node, int channels)
    {
        if (node.Is("Conv"))
            return Convolution(node, channels);
        if (node.Is("Concat"))
            return ShapeRules.Axis(node.Int("axis", 1), _shapes[node.Output[0]].Length) == 1 ? [.. node.Input.SelectMany(All)] : null;
        var result = new float[channels];
        for (var channel = 0; channel < channels; channel++)
            result[channel] = Elementwise(node, channel);
        return result;
    }

    private IEnumerable<float> All(string tensor) => Enumerable.Range(0, (int)_shapes[tensor][1]).Select(channel => this[tensor, channel]);

    private float[]? Convolution(NodeProto node, int channels)
    {
        var depthwise = ChannelClasses.IsDepthwise(_graph, node);
        if (!depthwise && !ChannelClasses.IsDense(_graph, node))
            return null;
        var weights = _graph.FloatsOf(node, 1)!;
        var bias = _graph.FloatsOf(node, 2);
        var dims = _graph.DimsOf(node, 1)!;
        var area = (int)(weights.Length / (dims[0] * dims[1]));
        var multiplier = depthwise ? (int)(dims[0] / node.Int("group", 1)) : 0;
        var result = new float[channels];
        for (var output = 0; output < channels; output++)
        {
            var sum = (double)(bias?[output] ?? 0);
            for (var i = 0; i < dims[1] && !double.IsNaN(sum); i++)
            {
                var kernel = weights.AsSpan((int)(output * dims[1] + i) * area, area);
                if (kernel.IndexOfAnyExcept(0f) < 0)
                    continue;
                var value = this[node.Input[0], depthwise ? output / multiplier : i];
                sum = Passes(node, value) ? sum + value * Sum(kernel) : double.NaN;
            }

            result[output] = (float)sum;
        }

        return result;
    }

    public static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (var value in values)
            sum += value;
        return sum;
    }

    private float Elementwise(NodeProto node, int channel)
    {
        var x = Operand(node, 0, channel);
        return node.OpType switch
        {
            "Relu" => MathF.Max(x, 0),
            "LeakyRelu" => x < 0 ? x * node.Float("alpha", 0.01f) : x,
            "PRelu" => x < 0 ? x * Operand(node, 1, channel) : x,
            "Identity" or "GlobalAveragePool" or "GlobalMaxPool" => x,
            "MaxPool" when node.Output.Count == 1 => x,
            "Add" when node.Input.Count == 2 => x + Operand(node, 1, channel),
            "Sub" => x - Operand(node, 1, channel),
            "Mul" => Product(x, Operand(node, 1, channel)),
            _ => float.NaN,
        };
    }

    /// <summary>Zero times anything that is finite is zero, known or not.</summary>
    private static float Product(float a, float b) => a == 0 || b == 0 ? 0 : a * b;

    private float Operand(NodeProto node, int input, int channel)
    {
        if (!node.Has(input))
            return float.NaN;
        var name = node.Input[input];
        if (_graph.ConstantOf(name) is not { } tensor)
            return _shapes[name] is { Length: 4 } shape && shape[1] == _shapes[node.Output[0]][1] ? this[name, channel] : float.NaN;
        if (!FloatTensor.IsFloat(tensor))
            return float.NaN;
        var axis = ChannelClasses.ChannelAxis(tensor.Dims, _shapes[node.Output[0]].Length);
        var values = FloatTensor.Read(tensor);
        return values.Length == 1 ? values[0] : axis >= 0 && values.Length == tensor.Dims[axis] ? values[channel] : float.NaN;
    }
}
