using System.Security.Cryptography;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;

namespace EdgeFace.ModelTools.Folding;

/// <summary>What folding did to a model.</summary>
/// <param name="FlushedWeights">Weights set to zero.</param>
/// <param name="RewrittenPRelu">PRelu nodes replaced.</param>
/// <param name="WorstRelativeDifference">Of the outputs, against the original, over all compared inputs.</param>
internal sealed record FoldReport(
    string Input,
    string Output,
    string InputSha256,
    string OutputSha256,
    int InputNodes,
    int OutputNodes,
    int FlushedWeights,
    int RewrittenPRelu,
    double WorstRelativeDifference,
    double Tolerance,
    bool Written);

/// <summary>
/// Makes a model cheaper without changing what it computes, and proves the latter before anything is written. The same
/// input gives the same bytes.
/// </summary>
internal static class ModelFolder
{
    /// <summary>The largest relative difference of outputs that passes as rounding.</summary>
    public const double Tolerance = 1e-5;

    /// <exception cref="Core.InputException">The input is not a usable model, or the output cannot be written.</exception>
    public static FoldReport Fold(string input, string output)
    {
        var original = OnnxFile.ReadBytes(input);
        var model = OnnxFile.Parse(original, input);
        var nodes = model.Graph.Node.Count;
        var flushed = SubnormalFlush.Apply(model.Graph);
        var rewritten = PReluRewrite.Apply(model);
        var folded = model.ToByteArray();

        var difference = ModelComparison.WorstRelativeDifference(original, folded, input);
        var agrees = difference <= Tolerance;
        if (agrees)
            OnnxFile.Write(folded, output);
        return new FoldReport(
            input, output, Sha256(original), Sha256(folded), nodes, model.Graph.Node.Count, flushed, rewritten, difference, Tolerance, agrees);
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
