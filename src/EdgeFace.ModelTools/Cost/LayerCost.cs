namespace EdgeFace.ModelTools.Cost;

/// <summary>What one layer costs, counted and not measured. BatchNorm and activation count as fused: as nothing.</summary>
/// <param name="Name">The node's, or its output's where it has none.</param>
/// <param name="Kind"><c>conv</c>, <c>depthwise</c>, <c>pointwise</c>, <c>grouped</c> or <c>fc</c>.</param>
/// <param name="Input">C x H x W.</param>
/// <param name="Output">C x H x W.</param>
/// <param name="Kernel">H x W.</param>
/// <param name="Macs">Multiply-accumulates: K*K*Cin/groups*Hout*Wout*Cout.</param>
/// <param name="Parameters">Weights and bias.</param>
/// <param name="InputAccesses">One for each multiply-accumulate: nothing is kept in registers.</param>
/// <param name="OutputAccesses">Hout*Wout*Cout.</param>
/// <param name="WeightAccesses">Each weight and each bias once.</param>
/// <param name="Intensity">Operations (two per multiply-accumulate) for each byte that must move at least: input, output and
/// weights once, at four bytes. Low figures are bound by memory, high ones by arithmetic.</param>
internal sealed record LayerCost(
    string Name,
    string Kind,
    string Input,
    string Output,
    string Kernel,
    long Macs,
    long Parameters,
    long InputAccesses,
    long OutputAccesses,
    long WeightAccesses,
    double Intensity)
{
    private const int BytesPerNumber = 4;

    public long Accesses => InputAccesses + OutputAccesses + WeightAccesses;

    /// <summary>A convolution, or with one pixel and a 1x1 kernel a fully connected layer.</summary>
    public static LayerCost Of(string name, ConvolutionShape shape)
    {
        var positions = (long)shape.OutputHeight * shape.OutputWidth;
        var macs = checked(shape.KernelHeight * shape.KernelWidth * (shape.InputChannels / shape.Groups) * positions * shape.OutputChannels);
        var parameters = shape.KernelHeight * shape.KernelWidth * (shape.InputChannels / shape.Groups) * shape.OutputChannels + (shape.Bias ? shape.OutputChannels : 0);
        var output = positions * shape.OutputChannels;
        var moved = shape.InputChannels * shape.InputHeight * shape.InputWidth + output + parameters;
        return new LayerCost(
            name,
            shape.Kind,
            $"{shape.InputChannels}x{shape.InputHeight}x{shape.InputWidth}",
            $"{shape.OutputChannels}x{shape.OutputHeight}x{shape.OutputWidth}",
            $"{shape.KernelHeight}x{shape.KernelWidth}",
            macs,
            parameters,
            macs,
            output,
            parameters,
            Math.Round(2.0 * macs / (BytesPerNumber * moved), 2));
    }
}

/// <summary>All that the cost of a convolution depends on.</summary>
internal sealed record ConvolutionShape(
    long InputChannels,
    long InputHeight,
    long InputWidth,
    long OutputChannels,
    long OutputHeight,
    long OutputWidth,
    long KernelHeight,
    long KernelWidth,
    long Groups = 1,
    bool Bias = true,
    bool FullyConnected = false)
{
    public string Kind
        => FullyConnected ? "fc"
            : Groups > 1 && Groups == InputChannels ? "depthwise"
            : Groups > 1 ? "grouped"
            : KernelHeight == 1 && KernelWidth == 1 ? "pointwise"
            : "conv";
}
