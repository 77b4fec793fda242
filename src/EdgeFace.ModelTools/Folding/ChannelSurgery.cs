using EdgeFace.Core;
using EdgeFace.ModelTools.Graphs;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Takes channels out that contribute nothing: those that no weight reads, and those that are the same number at every
/// position, which goes into the bias of the layer that reads them. What is left is an ordinary narrower network. Channels
/// that must stay or go together (through element-wise operators, residuals, concatenation and depthwise convolutions) do.
/// </summary>
internal static class ChannelSurgery
{
    /// <summary>ONNX Runtime's blocked layout takes 8 channels with AVX2 and 16 with AVX-512; measured, odd counts cost more
    /// than their channels save.</summary>
    public const int DefaultBlock = 16;

    public const int MaxBlock = 64;

    /// <param name="block">Tensors keep a multiple of so many channels.</param>
    /// <returns>How many convolution output channels were taken out. 0 when an operator of the graph is unknown.</returns>
    public static int Apply(ModelProto model, int block = DefaultBlock)
    {
        var before = OutputChannels(model.Graph);
        var changed = false;
        // Taking a channel out may leave another without a reader.
        while (TryShapes(model) is { } shapes && Pass(model.Graph, shapes, block))
            changed = true;
        if (changed)
            ModelGraph.Clean(model.Graph);
        return (int)(before - OutputChannels(model.Graph));
    }

    /// <summary>Output channels of all convolutions.</summary>
    public static long OutputChannels(GraphProto graph)
    {
        var index = new ModelGraph(graph);
        return graph.Node.Where(node => node.Is("Conv")).Sum(node => index.DimsOf(node, 1)?[0] ?? 0);
    }

    private static GraphShapes? TryShapes(ModelProto model)
    {
        try
        {
            return GraphShapes.Infer(model, "model");
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static bool Pass(GraphProto proto, GraphShapes shapes, int block)
    {
        var graph = new ModelGraph(proto);
        var channels = new ChannelClasses(graph, shapes);
        var constants = new ConstantChannels(graph, shapes);
        var layers = proto.Node.Where(node => ChannelClasses.IsDense(graph, node)).ToArray();
        foreach (var layer in layers)
            KeepWhatIsRead(graph, channels, constants, layer);
        channels.KeepMultiplesOf(block);
        if (!channels.AnyRemoved)
            return false;

        var trimmer = new ChannelTrimmer(graph, channels, shapes, constants);
        foreach (var node in proto.Node.ToArray())
            trimmer.Trim(node);
        return true;
    }

    private static void KeepWhatIsRead(ModelGraph graph, ChannelClasses channels, ConstantChannels constants, NodeProto layer)
    {
        var weights = graph.FloatsOf(layer, 1)!;
        var dims = graph.DimsOf(layer, 1)!;
        var area = (int)(weights.Length / (dims[0] * dims[1]));
        for (var input = 0; input < dims[1]; input++)
        {
            if (constants.CanFold(layer, input) || !Reads(weights, dims, area, input))
                continue;
            channels.Keep(layer.Input[0], input);
        }
    }

    private static bool Reads(float[] weights, long[] dims, int area, int input)
    {
        for (var output = 0; output < dims[0]; output++)
        {
            if (weights.AsSpan((int)(output * dims[1] + input) * area, area).IndexOfAnyExcept(0f) >= 0)
                return true;
        }

        return false;
    }
}
