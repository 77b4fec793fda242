using EdgeFace.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeFace.Inference;

/// <summary>
/// A session whose input and outputs are pinned arrays bound once: a run allocates no managed memory. Not for several
/// threads at once.
/// </summary>
internal sealed class BoundSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly OrtValue[] _values;
    private readonly float[][] _outputs;

    private BoundSession(InferenceSession session, ModelManifest manifest)
    {
        _session = session;
        _binding = session.CreateIoBinding();
        Input = Pinned(manifest.Input.Shape);
        _outputs = new float[manifest.Outputs.Count][];
        _values = new OrtValue[1 + _outputs.Length];
        _values[0] = Value(Input, manifest.Input.Shape);
        _binding.BindInput(manifest.Input.Name, _values[0]);
        for (var i = 0; i < _outputs.Length; i++)
        {
            var output = manifest.Outputs[i];
            _outputs[i] = Pinned(output.Shape);
            _values[i + 1] = Value(_outputs[i], output.Shape);
            _binding.BindOutput(output.Name, _values[i + 1]);
        }
    }

    /// <summary>The input tensor; fill it before <see cref="Run"/>.</summary>
    public float[] Input { get; }

    /// <summary>An output tensor of the last run, by its place in the manifest.</summary>
    public ReadOnlySpan<float> Output(int index) => _outputs[index];

    /// <exception cref="InputException">The file is not the manifest's, not a model, or of other inputs and outputs than the manifest says.</exception>
    public static BoundSession Open(ModelPackage package, InferenceOptions options)
    {
        options.Validate();
        var session = Create(package, options);
        try
        {
            CheckTensor(package, "input", package.Manifest.Input.Name, package.Manifest.Input.Shape, session.InputMetadata, onlyOne: true);
            foreach (var output in package.Manifest.Outputs)
                CheckTensor(package, "output", output.Name, output.Shape, session.OutputMetadata, onlyOne: false);
            return new BoundSession(session, package.Manifest);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <exception cref="OnnxRuntimeException">The native library failed.</exception>
    public void Run() => _session.RunWithBinding(_runOptions, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values)
            value.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static InferenceSession Create(ModelPackage package, InferenceOptions options)
    {
        InferenceRuntime.Prepare();
        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Spinning trades a whole core for some microseconds between operators: wrong on a board that runs warm.
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        sessionOptions.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(package.ReadVerified(), sessionOptions);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{package.FilePath}: ONNX Runtime does not take the model ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    private static void CheckTensor(
        ModelPackage package, string what, string name, IReadOnlyList<int> shape, IReadOnlyDictionary<string, NodeMetadata> actual, bool onlyOne)
    {
        if (!actual.TryGetValue(name, out var meta))
            throw new InputException($"{package.FilePath}: has no {what} '{name}', which its manifest names; it has {string.Join(", ", actual.Keys)}.");
        if (onlyOne && actual.Count != 1)
            throw new InputException($"{package.FilePath}: has {actual.Count} {what}s ({string.Join(", ", actual.Keys)}), but one is supported.");
        if (!meta.IsTensor || meta.ElementDataType != TensorElementType.Float)
            throw new InputException($"{package.FilePath}: {what} '{name}' is not a float32 tensor.");
        if (!Fits(shape, meta.Dimensions))
        {
            throw new InputException(
                $"{package.FilePath}: {what} '{name}' has the shape [{string.Join(", ", meta.Dimensions)}], but the manifest says [{string.Join(", ", shape)}].");
        }
    }

    /// <summary>A size that the model leaves free is the manifest's to say.</summary>
    private static bool Fits(IReadOnlyList<int> shape, int[] actual)
    {
        if (actual.Length != shape.Count)
            return false;
        for (var i = 0; i < actual.Length; i++)
        {
            if (actual[i] > 0 && actual[i] != shape[i])
                return false;
        }

        return true;
    }

    private static float[] Pinned(IReadOnlyList<int> shape)
        => GC.AllocateArray<float>(shape.Aggregate(1, (product, size) => checked(product * size)), pinned: true);

    private static OrtValue Value(float[] values, IReadOnlyList<int> shape)
        => OrtValue.CreateTensorValueFromMemory(values, [.. shape.Select(size => (long)size)]);
}
