using System.Security.Cryptography;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;

namespace EdgeFace.ModelTools.Folding;

/// <summary>What folding did to a model.</summary>
/// <param name="FlushedWeights">Weights set to zero.</param>
/// <param name="FoldedBatchNorms">BatchNorm nodes that went into the layer before them.</param>
/// <param name="RewrittenPRelu">PRelu nodes replaced.</param>
/// <param name="RemovedChannels">Output channels of convolutions that contributed nothing.</param>
/// <param name="Channels">Output channels of convolutions before that.</param>
/// <param name="WorstRelativeDifference">Of the outputs, against the original, over all compared inputs.</param>
internal sealed record FoldReport(
    string Input,
    string Output,
    string InputSha256,
    string OutputSha256,
    int InputNodes,
    int OutputNodes,
    int InputBytes,
    int OutputBytes,
    int FoldedBatchNorms,
    int FlushedWeights,
    int RewrittenPRelu,
    int RemovedChannels,
    long Channels,
    double WorstRelativeDifference,
    double Tolerance,
    bool Written);

/// <summary>What folding may do; all of it by default.</summary>
[Flags]
internal enum FoldSteps
{
    None = 0,

    /// <summary>BatchNorm into the layer before it.</summary>
    BatchNorm = 1,

    /// <summary>Weights near zero become zero.</summary>
    Flush = 2,

    /// <summary>PRelu into operators that the runtime fuses.</summary>
    PRelu = 4,

    /// <summary>Channels that contribute nothing are taken out.</summary>
    Channels = 8,

    All = BatchNorm | Flush | PRelu | Channels,
}

/// <summary>
/// Makes a model cheaper without changing what it computes, and proves the latter before anything is written. The same
/// input gives the same bytes.
/// </summary>
internal static class ModelFolder
{
    /// <summary>The largest relative difference of outputs that passes as rounding.</summary>
    public const double Tolerance = 1e-5;

    /// <exception cref="Core.InputException">The input is not a usable model, or the output cannot be written.</exception>
    public static FoldReport Fold(string input, string output, FoldSteps steps = FoldSteps.All, int block = ChannelSurgery.DefaultBlock)
    {
        var original = OnnxFile.ReadBytes(input);
        var model = OnnxFile.Parse(original, input);
        var nodes = model.Graph.Node.Count;
        var norms = steps.HasFlag(FoldSteps.BatchNorm) ? BatchNormFold.Apply(model.Graph) : 0;
        var flushed = steps.HasFlag(FoldSteps.Flush) ? SubnormalFlush.Apply(model.Graph) : 0;
        var rewritten = steps.HasFlag(FoldSteps.PRelu) ? PReluRewrite.Apply(model) : 0;
        var channels = ChannelSurgery.OutputChannels(model.Graph);
        var removed = steps.HasFlag(FoldSteps.Channels) ? ChannelSurgery.Apply(model, block) : 0;
        var folded = model.ToByteArray();

        var difference = ModelComparison.WorstRelativeDifference(original, folded, input);
        var agrees = difference <= Tolerance;
        if (agrees)
            OnnxFile.Write(folded, output);
        return new FoldReport(
            input, output, Sha256(original), Sha256(folded), nodes, model.Graph.Node.Count, original.Length, folded.Length, norms, flushed, rewritten, removed, channels,
            difference, Tolerance, agrees);
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
