using EdgeFace.Core;
using EdgeFace.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeFace.ModelTools.Quantization;

/// <summary>A model of one float32 input in ONNX Runtime, on one thread.</summary>
internal sealed class ModelRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly long[] _shape;
    private readonly string[] _inputs;

    /// <param name="shape">Of the input, NCHW; a model that leaves height and width free runs with these.</param>
    /// <param name="optimized">Where the runtime writes the graph that it really runs; null for nowhere. A model of bytes may be written too, not run.</param>
    /// <exception cref="InputException">The runtime does not take the model, or it has no single float32 input.</exception>
    public ModelRunner(byte[] model, string name, IReadOnlyList<int> shape, string? optimized = null)
    {
        InferenceRuntime.Prepare();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        ByteProducts.Guard(options);
        if (shape is [_, _, var height, var width])
            FreeSizes.Fix(options, height, width);
        if (optimized is not null)
            options.OptimizedModelFilePath = optimized;
        try
        {
            _session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{name}: ONNX Runtime does not take the model ({InferenceRuntime.OneLine(error.Message)}).", error);
        }

        _inputs = [.. _session.InputNames];
        _shape = [.. shape.Select(size => (long)size)];
        if (_inputs is [var only] && _session.InputMetadata[only] is { IsTensor: true, ElementDataType: var type } && (type == TensorElementType.Float || optimized is not null && type == TensorElementType.UInt8))
            return;
        _session.Dispose();
        throw new InputException($"{name}: must have one float32 input, but has {string.Join(", ", _inputs)}.");
    }

    /// <summary>Runs the model and shows each named output's values.</summary>
    public void Run(float[] input, IReadOnlyList<string> outputs, Action<int, ReadOnlySpan<float>> seen)
    {
        using var options = new RunOptions();
        using var value = OrtValue.CreateTensorValueFromMemory(input, _shape);
        IDisposableReadOnlyCollection<OrtValue> results;
        try
        {
            results = _session.Run(options, _inputs, [value], outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"the model cannot be run with the input that its manifest gives ({InferenceRuntime.OneLine(error.Message)}).", error);
        }

        using (results)
        {
            for (var i = 0; i < results.Count; i++)
                seen(i, results[i].GetTensorDataAsSpan<float>());
        }
    }

    public void Dispose() => _session.Dispose();
}
