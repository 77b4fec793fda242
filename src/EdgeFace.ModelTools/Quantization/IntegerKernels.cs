using EdgeFace.ModelTools.Onnx;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>What the runtime really runs, read from the graph that it optimised.</summary>
/// <param name="QLinearConv">Convolutions as one integer kernel.</param>
/// <param name="FloatConv">Convolutions that stayed in float, under whatever name.</param>
/// <param name="Conversions">QuantizeLinear and DequantizeLinear that are left.</param>
/// <param name="Operators">All operators, with their numbers.</param>
internal sealed record IntegerKernels(int QLinearConv, int FloatConv, int Conversions, IReadOnlyDictionary<string, int> Operators)
{
    private static readonly HashSet<string> FloatConvolutions = ["Conv", "FusedConv", "NhwcFusedConv"];

    /// <exception cref="Core.InputException">The runtime does not take the model.</exception>
    public static IntegerKernels Read(byte[] model, string name, IReadOnlyList<int> shape)
    {
        var folder = Directory.CreateTempSubdirectory("edgeface-models-");
        try
        {
            var path = Path.Combine(folder.FullName, "optimized.onnx");
            new ModelRunner(model, name, shape, path).Dispose();
            return Count(ModelProto.Parser.ParseFrom(OnnxFile.ReadBytes(path)).Graph);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IntegerKernels Count(GraphProto graph)
    {
        var operators = graph.Node.GroupBy(node => node.OpType, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        return new IntegerKernels(
            operators.GetValueOrDefault("QLinearConv"),
            FloatConvolutions.Sum(type => operators.GetValueOrDefault(type)),
            operators.GetValueOrDefault("QuantizeLinear") + operators.GetValueOrDefault("DequantizeLinear"),
            operators);
    }
}
