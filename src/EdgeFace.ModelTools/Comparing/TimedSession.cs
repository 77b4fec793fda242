using EdgeFace.Core;
using EdgeFace.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeFace.ModelTools.Comparing;

/// <summary>A model with bound input and outputs, run as the product runs models; its input is noise of a fixed seed.</summary>
internal sealed class TimedSession : IDisposable
{
    private const int Seed = 20240229;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input;
    private readonly RunOptions _options = new();

    /// <exception cref="InputException">ONNX Runtime does not take the model, or it does not run.</exception>
    public TimedSession(ComparedModel model, int threads)
    {
        _session = Open(model, threads);
        _binding = _session.CreateIoBinding();
        _input = Noise(model, _session.InputMetadata[model.InputName].ElementDataType == TensorElementType.UInt8);
        _binding.BindInput(model.InputName, _input);
        foreach (var output in _session.OutputNames)
            _binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);
        try
        {
            Run();
        }
        catch (OnnxRuntimeException error)
        {
            Dispose();
            throw new InputException($"{model.Path}: does not run ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    public void Run() => _session.RunWithBinding(_options, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private static InferenceSession Open(ComparedModel model, int threads)
    {
        InferenceRuntime.Prepare();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        ByteProducts.Guard(options);
        if (model.Described?.Manifest.Input is { SizeMultiple: not null } input)
            FreeSizes.Fix(options, input.Height, input.Width);
        try
        {
            return new InferenceSession(model.Bytes, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{model.Path}: ONNX Runtime does not take the model ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    /// <summary>Pixels as the manifest prepares them; without a manifest the range that most networks are trained on.</summary>
    private static OrtValue Noise(ComparedModel model, bool bytes)
    {
        var shape = model.Shape.Select(size => (long)size).ToArray();
        var random = new Random(Seed);
        var levels = new byte[model.Shape.Aggregate(1, (product, size) => checked(product * size))];
        random.NextBytes(levels);
        if (bytes)
            return OrtValue.CreateTensorValueFromMemory(levels, shape);
        var (mean, scale) = model.Described is { Manifest.Input: var input } ? (input.Mean, input.Scale) : (127.5f, 1 / 127.5f);
        return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(levels, level => (level - mean) * scale), shape);
    }
}
