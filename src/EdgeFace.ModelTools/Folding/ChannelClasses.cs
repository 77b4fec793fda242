using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Which channels of which tensors are bound to each other: a class is taken out as a whole or not at all. Dense
/// convolutions separate classes; whatever is not understood keeps the channels that it touches.
/// </summary>
internal sealed class ChannelClasses
{
    /// <summary>Operators that treat each channel by itself and leave its number.</summary>
    private static readonly HashSet<string> Unary =
    [
        "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Abs", "Neg", "Clip", "Identity", "Dropout", "MaxPool", "AveragePool",
        "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization", "PRelu",
    ];

    private static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Max", "Min"];

    private readonly Dictionary<string, int> _first = new(StringComparer.Ordinal);
    private readonly List<int> _parents = [];
    private readonly GraphShapes _shapes;
    private readonly HashSet<int> _kept = [];

    public ChannelClasses(ModelGraph graph, GraphShapes shapes)
    {
        _shapes = shapes;
        foreach (var input in graph.Proto.Input)
            KeepAll(input.Name);
        foreach (var node in graph.Proto.Node)
            Bind(graph, node);
        foreach (var output in graph.Proto.Output)
            KeepAll(output.Name);
    }

    public bool AnyRemoved => Enumerable.Range(0, _parents.Count).Any(element => !_kept.Contains(Root(element)));

    /// <summary>A convolution whose every output sees every input.</summary>
    public static bool IsDense(ModelGraph graph, NodeProto node)
        => node.Is("Conv") && node.Int("group", 1) == 1 && graph.FloatsOf(node, 1) is not null && (!node.Has(2) || graph.FloatsOf(node, 2) is not null);

    /// <summary>A convolution whose every output sees one input.</summary>
    public static bool IsDepthwise(ModelGraph graph, NodeProto node)
        => node.Is("Conv") && graph.FloatsOf(node, 1) is not null && graph.DimsOf(node, 1) is [var outputs, 1, ..] && node.Int("group", 1) is > 1 and var groups
            && outputs % groups == 0 && (!node.Has(2) || graph.FloatsOf(node, 2) is not null);

    /// <summary>The channel axis of a constant that is broadcast against a tensor of some rank; -1 when it has none.</summary>
    public static int ChannelAxis(IReadOnlyList<long> dims, int rank)
    {
        var axis = dims.Count - (rank - 1);
        return axis >= 0 && dims[axis] != 1 ? axis : -1;
    }

    public void Keep(string tensor, int channel) => _kept.Add(Root(Element(tensor, channel)));

    public bool IsKept(string tensor, int channel) => _kept.Contains(Root(Element(tensor, channel)));

    /// <summary>Positions of the channels that stay; null when all do.</summary>
    public int[]? KeptOf(string tensor)
    {
        if (!_first.ContainsKey(tensor))
            return null;
        var count = (int)_shapes[tensor][1];
        int[] kept = [.. Enumerable.Range(0, count).Where(channel => IsKept(tensor, channel))];
        return kept.Length == count ? null : kept;
    }

    /// <summary>
    /// Rounds what is left of each tensor up to a multiple: kernels work on blocks of channels, and a tensor that is not
    /// whole blocks falls back to slower ones. Never leaves a tensor without channels.
    /// </summary>
    public void KeepMultiplesOf(int block)
    {
        // A class that comes back for one tensor may break the multiple of another that it belongs to as well.
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var tensor in _first.Keys.ToArray())
                changed |= RoundUp(tensor, block);
        }
    }

    private bool RoundUp(string tensor, int block)
    {
        if (KeptOf(tensor) is not { } kept)
            return false;
        var wanted = Math.Min((Math.Max(kept.Length, 1) + block - 1) / block * block, (int)_shapes[tensor][1]);
        var missing = wanted - kept.Length;
        for (var channel = 0; missing > 0; channel++)
        {
            if (IsKept(tensor, channel))
                continue;
            Keep(tensor, channel);
            missing--;
        }

        return wanted != kept.Length;
    }

    private void Bind(ModelGraph graph, NodeProto node)
    {
        if (IsDense(graph, node))
        {
            Element(node.Input[0], 0);
            Element(node.Output[0], 0);
        }
        else if (IsDepthwise(graph, node))
        {
            var multiplier = (int)(graph.DimsOf(node, 1)![0] / node.Int("group", 1));
            for (var channel = 0; channel < _shapes[node.Output[0]][1]; channel++)
                Join(node.Input[0], channel / multiplier, node.Output[0], channel);
        }
        else if (IsConcat(node))
        {
            var offset = 0;
            foreach (var input in node.Input)
            {
                for (var channel = 0; channel < _shapes[input][1]; channel++)
                    Join(input, channel, node.Output[0], offset + channel);
                offset += (int)_shapes[input][1];
            }
        }
        else if (!TryBindElementwise(graph, node))
        {
            foreach (var tensor in node.Input.Concat(node.Output))
                KeepAll(tensor);
        }
    }

    private bool IsConcat(NodeProto node)
        => node.Is("Concat") && ShapeRules.Axis(node.Int("axis", 1), _shapes[node.Output[0]].Length) == 1 && node.Input.Concat(node.Output).All(HasChannels);

    private bool TryBindElementwise(ModelGraph graph, NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx") || !(Unary.Contains(node.OpType) || (Binary.Contains(node.OpType) && node.Input.Count == 2)) || node.Output.Count != 1 || !HasChannels(node.Output[0]))
            return false;
        var output = node.Output[0];
        var data = Unary.Contains(node.OpType) ? node.Input.Take(1) : node.Input;
        string[] tensors = [.. data.Where(input => graph.ConstantOf(input) is null)];
        // Constants are cut along, so they must be there and be floats; tensors must have all the channels.
        var constants = node.Input.Where(input => input.Length > 0 && !tensors.Contains(input));
        if (tensors.Length == 0 || tensors.Any(input => !HasChannels(input) || _shapes[input][1] != _shapes[output][1])
            || constants.Any(input => graph.ConstantOf(input) is not { } tensor || !FloatTensor.IsFloat(tensor) || tensor.Dims.Count > _shapes[output].Length))
            return false;
        foreach (var input in tensors)
        {
            for (var channel = 0; channel < _shapes[output][1]; channel++)
                Join(input, channel, output, channel);
        }

        return true;
    }

    private bool HasChannels(string tensor) => _shapes.TryGet(tensor, out var shape) && shape.Length == 4;

    private void KeepAll(string tensor)
    {
        if (!HasChannels(tensor))
            return;
        for (var channel = 0; channel < _shapes[tensor][1]; channel++)
            Keep(tensor, channel);
    }

    private void Join(string a, int i, string b, int j)
    {
        var (x, y) = (Root(Element(a, i)), Root(Element(b, j)));
        if (x == y)
            return;
        _parents[y] = x;
        if (_kept.Contains(y))
            _kept.Add(x);
    }

    private int Element(string tensor, int channel)
    {
        if (!_first.TryGetValue(tensor, out var first))
        {
            _first[tensor] = first = _parents.Count;
            for (var i = 0; i < _shapes[tensor][1]; i++)
                _parents.Add(first + i);
        }

        return first + channel;
    }

    private int Root(int element)
    {
        while (_parents[element] != element)
            element = _parents[element] = _parents[_parents[element]];
        return element;
    }
}
