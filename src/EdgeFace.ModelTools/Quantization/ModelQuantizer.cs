using System.Security.Cryptography;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.ModelTools.Models;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>Post-training quantisation to int8 (Jacob et al. 2018), checked in the runtime before anything is written.</summary>
internal sealed class ModelQuantizer
{
    private const int MaxCheckInputs = 16;
    private readonly string _path;
    private readonly byte[] _original;
    private readonly byte[] _reference;
    private readonly ModelProto _model;
    private readonly ModelInput _input;
    private readonly string[] _layers;
    private readonly QuantizeOptions _options;

    /// <param name="input">What the model is shown.</param>
    /// <exception cref="InputException">Not a usable model, nothing to quantise, or an unknown layer to keep.</exception>
    public ModelQuantizer(string path, ModelInput input, QuantizeOptions options)
    {
        (_path, _input, _options) = (path, input, options);
        _original = OnnxFile.ReadBytes(path);
        _model = OnnxFile.Parse(_original, path);
        ModelAtSize.Settle(_model.Graph, input);
        _reference = _model.ToByteArray();
        GraphShapes.Infer(_model, path);
        OpsetUpgrade.Apply(_model, path);
        BatchNormFold.Apply(_model.Graph);
        PReluPattern.Collapse(_model.Graph);
        PReluPattern.FlipSteepSlopes(_model.Graph);
        var graph = new ModelGraph(_model.Graph);
        _layers = [.. _model.Graph.Node.Where(node => QdqBuilder.IsLayer(graph, node)).Select(Name)];
        if (_layers.Length == 0)
            throw new InputException($"{path}: has no convolution with constant float32 weights; there is nothing to quantise.");
        if (options.KeepFloat.FirstOrDefault(name => !_layers.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new InputException($"{path}: has no layer '{unknown}' to keep in float; its layers are {string.Join(", ", _layers)}.");
    }

    /// <param name="inputs">Calibration inputs, prepared as the model sees them.</param>
    /// <param name="progress">Told what is done, how far, and of how much.</param>
    public QuantizeReport Run(string output, IReadOnlyList<float[]> inputs, Action<string, int, int> progress)
    {
        var (calibration, check) = Split(inputs);
        string[] outputs = [.. _model.Graph.Output.Select(value => value.Name)];
        var fidelity = new OutputFidelity(_reference, _path, _input.Shape, outputs, check);
        ChannelEqualization.Apply(_model, _path, _input.Shape, calibration, (done, count) => progress("channels", done, count));
        var ranges = ActivationRanges.Measure(_model, _path, _input.Shape, calibration, _options.Method, (done, count) => progress("ranges", done, count));

        if (_options.ByteInput)
            ranges = ByteInput.Levels(_model, ranges, _input, _path);

        var sensitivities = Sensitivities(ranges, fidelity, progress);
        var kept = _options.KeepFloat.ToHashSet(StringComparer.Ordinal);
        var (bytes, convolutions) = Build(ranges, kept);
        var (sqnr, cosine) = fidelity.Measure(bytes, _path);
        foreach (var layer in sensitivities.OrderBy(layer => layer.Sqnr))
        {
            if (_options.Budget is not { } budget || sqnr >= budget)
                break;
            if (!kept.Add(layer.Name))
                continue;
            (bytes, convolutions) = Build(ranges, kept);
            (sqnr, cosine) = fidelity.Measure(bytes, _path);
        }

        var kernels = IntegerKernels.Read(bytes, _path, _input.Shape);
        var good = kernels.QLinearConv == convolutions && kernels.FloatConv == FloatConvolutions(kept) && !(sqnr < _options.Budget) && kept.Count < _layers.Length;
        if (_options.ByteInput)
            bytes = ByteInput.Apply(bytes, _path);
        if (good)
            OnnxFile.Write(bytes, output);
        return new QuantizeReport(
            _path, output, Sha256(_original), Sha256(bytes), _original.Length, bytes.Length, _options.Method.ToString().ToLowerInvariant(), calibration.Count, check.Count,
            Math.Round(sqnr, 2), Math.Round(cosine, 6), _options.Budget, convolutions, kernels,
            [.. sensitivities.Select(layer => layer with { Float = kept.Contains(layer.Name) })], good);
    }

    private static string Name(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output[0];

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Every fourth input checks what the others calibrate.</summary>
    private static (IReadOnlyList<float[]> Calibration, IReadOnlyList<float[]> Check) Split(IReadOnlyList<float[]> inputs)
        => inputs.Count < 4
            ? (inputs, inputs)
            : ([.. inputs.Where((_, i) => i % 4 != 3)], [.. inputs.Where((_, i) => i % 4 == 3).Take(MaxCheckInputs)]);

    private int FloatConvolutions(HashSet<string> kept) => kept.Count + _model.Graph.Node.Count(node => node.Is("Conv")) - _layers.Length;

    private List<LayerSensitivity> Sensitivities(IReadOnlyDictionary<string, QuantizedRange> ranges, OutputFidelity fidelity, Action<string, int, int> progress)
    {
        var result = new List<LayerSensitivity>(_layers.Length);
        foreach (var layer in _layers)
        {
            var (bytes, _) = Build(ranges, [.. _layers.Where(other => other != layer)]);
            result.Add(new LayerSensitivity(layer, Math.Round(fidelity.Measure(bytes, _path).Sqnr, 2), false));
            progress("layers", result.Count, _layers.Length);
        }

        return result;
    }

    private (byte[] Bytes, int Convolutions) Build(IReadOnlyDictionary<string, QuantizedRange> ranges, HashSet<string> kept)
    {
        var (model, convolutions) = QdqBuilder.Build(_model, ranges, node => kept.Contains(Name(node)));
        return (model.ToByteArray(), convolutions);
    }
}
