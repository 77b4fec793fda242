using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>
/// Writes a float model in QDQ form: what the runtime shall compute in integers stands between DequantizeLinear and
/// QuantizeLinear. Activations are unsigned bytes, weights signed bytes for each output channel, biases int32. ReLU goes
/// into the clipping at zero. Tensors keep their names: readers see the dequantised values.
/// </summary>
internal sealed class QdqBuilder
{
    /// <summary>Operators that only move or choose bytes: moving them must not change what they mean.</summary>
    private static readonly HashSet<string> Moving = ["MaxPool", "Resize", "SpaceToDepth", "Transpose", "Reshape"];

    /// <summary>Computed in integers when all that they read is.</summary>
    private static readonly HashSet<string> Following = [.. Moving, "Add", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu"];

    private readonly ModelGraph _graph;
    private readonly QdqWriter _writer;
    private readonly IReadOnlyDictionary<string, QuantizedRange> _ranges;
    private readonly Func<NodeProto, bool> _keep;
    private readonly HashSet<string> _integer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Name, QuantizedRange Range)> _rounded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuantizedRange> _used = new(StringComparer.Ordinal);
    private readonly HashSet<NodeProto> _absorbed = [];

    private QdqBuilder(GraphProto graph, IReadOnlyDictionary<string, QuantizedRange> ranges, Func<NodeProto, bool> keep)
    {
        _graph = new ModelGraph(graph);
        _writer = new QdqWriter(graph);
        _ranges = ranges;
        _keep = keep;
    }

    /// <param name="model">The float model at operator set 13; stays as it is.</param>
    /// <param name="ranges">Of every tensor that may be quantised.</param>
    /// <param name="keep">Convolutions that stay in float.</param>
    /// <returns>The model, and how many convolutions must become integer kernels (those of PRelu's slopes included).</returns>
    public static (ModelProto Model, int IntegerConvolutions) Build(ModelProto model, IReadOnlyDictionary<string, QuantizedRange> ranges, Func<NodeProto, bool> keep)
    {
        var result = model.Clone();
        var builder = new QdqBuilder(result.Graph, ranges, keep);
        foreach (var node in result.Graph.Node)
            builder.Add(node);
        result.Graph.Node.Clear();
        result.Graph.Node.AddRange(builder._writer.Nodes);
        ModelGraph.Clean(result.Graph);
        // PRelu that stayed in float runs faster as the operators that folding makes of it.
        PReluRewrite.Apply(result);
        return (result, result.Graph.Node.Count(node => node.Is("Conv")) - builder.FloatConvolutions);
    }

    private int FloatConvolutions { get; set; }

    /// <summary>Operators whose results need a range.</summary>
    public static bool MayQuantize(NodeProto node)
        => node.Is("Conv") || node.Is("Relu") || node.Is("Clip") || node.Is("PRelu") || (node.Domain is "" or "ai.onnx" && Following.Contains(node.OpType));

    /// <summary>Layers that quantisation decides about one by one.</summary>
    public static bool IsLayer(ModelGraph graph, NodeProto node)
        => node.Is("Conv") && graph.FloatsOf(node, 1) is not null && (!node.Has(2) || graph.FloatsOf(node, 2) is not null);

    private void Add(NodeProto node)
    {
        if (_absorbed.Contains(node))
            return;
        if (IsLayer(_graph, node) && !_keep(node))
            Convolution(node);
        else if (Follows(node))
            Follower(node);
        else
            KeepFloat(node);
    }

    private void KeepFloat(NodeProto node)
    {
        if (node.Is("Conv"))
            FloatConvolutions++;
        _writer.Add(node);
    }

    private bool Follows(NodeProto node)
        => node.Domain is "" or "ai.onnx" && Following.Contains(node.OpType) && node.Input.Count > 0 && node.Output.Count == 1
            && Data(node).All(_integer.Contains) && _ranges.ContainsKey(node.Output[0]);

    private static IEnumerable<string> Data(NodeProto node) => node.OpType is "Add" or "Concat" ? node.Input : node.Input.Take(1);

    private void Follower(NodeProto node)
    {
        // A concat of one tensor with itself moves bytes as well.
        var moves = Moving.Contains(node.OpType) || (node.Is("Concat") && node.Input.Distinct().Count() == 1);
        var range = moves ? _used[node.Input[0]] : (QuantizedRange?)null;
        _writer.Add(node);
        Finish(node, range is null ? Absorb(node) : null, range);
    }

    private void Convolution(NodeProto node)
    {
        var (input, range) = Rounded(node.Input[0]);
        var layer = node.Name.Length > 0 ? node.Name : node.Output[0];
        var (weights, bias) = _writer.Weights(layer, _graph.DimsOf(node, 1)!, _graph.FloatsOf(node, 1)!, _graph.FloatsOf(node, 2), range.Scale);
        node.Input.Clear();
        node.Input.Add(input);
        node.Input.Add(weights);
        if (bias is not null)
            node.Input.Add(bias);
        _writer.Add(node);
        if (_graph.OnlyConsumerOf(node.Output[0]) is { } next && next.Is("PRelu") && Slopes(next, _graph.DimsOf(next, 1)) is { } slopes)
            Maximum(node, next, slopes);
        else
            Finish(node, Absorb(node), null);
    }

    /// <summary>The Relu or Clip behind a node, when nothing else reads the node.</summary>
    private NodeProto? Absorb(NodeProto node)
        => _graph.OnlyConsumerOf(node.Output[0]) is { } next && (next.Is("Relu") || (next.Is("Clip") && next.Input[0] == node.Output[0] && HasConstantBounds(next))) ? next : null;

    private bool HasConstantBounds(NodeProto clip) => (!clip.Has(1) || _graph.FloatsOf(clip, 1) is not null) && (!clip.Has(2) || _graph.FloatsOf(clip, 2) is not null);

    /// <summary>Result, Relu if there is one, QuantizeLinear, DequantizeLinear under the tensor's own name. A Clip goes: bytes clip at the ends of
    /// their range, and a range that was measured behind the Clip lies within its bounds.</summary>
    private void Finish(NodeProto node, NodeProto? limit, QuantizedRange? given)
    {
        var tensor = (limit ?? node).Output[0];
        var range = given ?? _ranges[tensor];
        var raw = _writer.Name(tensor + "_raw");
        if (limit is not null)
            _absorbed.Add(limit);
        if (limit is not null && limit.Is("Relu"))
        {
            limit.Output[0] = raw;
            _writer.Add(limit);
        }
        else
        {
            node.Output[0] = raw;
        }

        var numbers = _writer.Numbers(tensor, range);
        _writer.Dequantize(_writer.Quantize(raw, tensor + "_bytes", numbers), tensor, numbers);
        _integer.Add(tensor);
        _used[tensor] = range;
    }

    /// <summary>PRelu as max(x, a*x) on bytes of one scale.</summary>
    private void Maximum(NodeProto node, NodeProto prelu, float[] slopes)
    {
        var (x, y) = (node.Output[0], prelu.Output[0]);
        var range = _ranges[x].Union(_ranges[y]);
        var numbers = _writer.Numbers(y, range);
        var raw = _writer.Name(x + "_raw");
        node.Output[0] = raw;
        var bytes = _writer.Quantize(raw, x + "_bytes", numbers);
        var real = _writer.Dequantize(bytes, x, numbers);
        var (weights, _) = _writer.Weights(y + "_slope", [slopes.Length, 1, 1, 1], slopes, null, range.Scale);
        var product = _writer.Node("Conv", _writer.Name(y + "_product"), real, weights);
        _writer.Nodes[^1].Set("group", slopes.Length);
        _writer.Nodes[^1].Set("kernel_shape", 1, 1);
        var scaled = _writer.Quantize(product, y + "_product_bytes", numbers);
        _writer.Dequantize(_writer.Node("Max", _writer.Name(y + "_bytes"), bytes, scaled), y, numbers);
        _absorbed.Add(prelu);
        _integer.Add(y);
        _used[y] = range;
    }

    private float[]? Slopes(NodeProto prelu, long[]? dims)
        => _graph.FloatsOf(prelu, 1) is { } slopes && dims is [_, 1, 1] or [1, _, 1, 1] && slopes.Length == dims.Max() && slopes.All(slope => slope <= 1) ? slopes : null;

    /// <summary>A tensor as integers see it; one that float operators made is rounded on the way.</summary>
    private (string Name, QuantizedRange Range) Rounded(string tensor)
    {
        if (_integer.Contains(tensor))
            return (tensor, _used[tensor]);
        if (_rounded.TryGetValue(tensor, out var known))
            return known;
        var range = _ranges[tensor];
        var numbers = _writer.Numbers(tensor, range);
        var source = IsFloatConvolution(tensor) ? _writer.Guard(tensor) : tensor;
        var name = _writer.Dequantize(_writer.Quantize(source, tensor + "_bytes", numbers), _writer.Name(tensor + "_rounded"), numbers);
        return _rounded[tensor] = (name, range);
    }

    /// <summary>A convolution in float between bytes would be quantised by the runtime itself, with one scale for all its weights.</summary>
    private bool IsFloatConvolution(string tensor)
    {
        var producer = _graph.ProducerOf(tensor);
        if (producer is not null && producer.Is("Relu"))
            producer = _graph.ProducerOf(producer.Input[0]);
        return producer is not null && producer.Is("Conv");
    }
}
