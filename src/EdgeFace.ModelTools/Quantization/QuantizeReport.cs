namespace EdgeFace.ModelTools.Quantization;

/// <summary>What is asked of quantisation.</summary>
/// <param name="KeepFloat">Names of layers that stay in float.</param>
/// <param name="Budget">Least SQNR of the outputs in dB; layers are kept in float until it holds. Null: none is kept for that.</param>
/// <param name="Inputs">The most calibration inputs.</param>
/// <param name="ByteInput">The result takes frames' bytes.</param>
internal sealed record QuantizeOptions(RangeMethod Method, IReadOnlyList<string> KeepFloat, double? Budget, int Inputs, bool ByteInput = false);

/// <summary>A layer and what its quantisation alone does to the outputs.</summary>
/// <param name="Sqnr">Of the worst output in dB with only this layer in integers.</param>
/// <param name="Float">Stays in float.</param>
internal sealed record LayerSensitivity(string Name, double Sqnr, bool Float);

/// <summary>What quantisation did to a model.</summary>
/// <param name="CalibrationInputs">That ranges come from.</param>
/// <param name="CheckInputs">Others, that the figures come from; the same where there is only one.</param>
/// <param name="Sqnr">Of the worst output in dB, all integer layers together.</param>
/// <param name="Cosine">Mean of the first output against the float model's.</param>
/// <param name="IntegerConvolutions">That were asked for; one more for each PRelu in integers.</param>
/// <param name="Kernels">What the runtime made of it.</param>
/// <param name="Written">False when the budget does not hold or a convolution is no integer kernel.</param>
internal sealed record QuantizeReport(
    string Input,
    string Output,
    string InputSha256,
    string OutputSha256,
    int InputBytes,
    int OutputBytes,
    string Method,
    int CalibrationInputs,
    int CheckInputs,
    double Sqnr,
    double Cosine,
    double? Budget,
    int IntegerConvolutions,
    IntegerKernels Kernels,
    IReadOnlyList<LayerSensitivity> Layers,
    bool Written);
