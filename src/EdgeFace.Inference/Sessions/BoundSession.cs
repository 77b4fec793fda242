using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision;
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
    private readonly ModelInput _input;
    private readonly byte[] _bytes;

    private BoundSession(InferenceSession session, ModelManifest manifest)
    {
        _session = session;
        _binding = session.CreateIoBinding();
        _input = manifest.Input;
        Input = Pinned<float>(_input.IsBytes ? [0] : _input.Shape);
        _bytes = Pinned<byte>(_input.IsBytes ? _input.Shape : [0]);
        _outputs = new float[manifest.Outputs.Count][];
        _values = new OrtValue[1 + _outputs.Length];
        _values[0] = _input.IsBytes ? Value(_bytes, _input.Shape) : Value(Input, _input.Shape);
        _binding.BindInput(manifest.Input.Name, _values[0]);
        for (var i = 0; i < _outputs.Length; i++)
        {
            var output = manifest.Outputs[i];
            _outputs[i] = Pinned<float>(output.Shape);
            _values[i + 1] = Value(_outputs[i], output.Shape);
            _binding.BindOutput(output.Name, _values[i + 1]);
        }
    }

    /// <summary>The input tensor of a model that takes float32; fill it before <see cref="Run()"/>.</summary>
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
            var input = package.Manifest.Input;
            CheckTensor(package, "input", input.Name, input.Shape, session.InputMetadata, onlyOne: true, input.IsBytes ? TensorElementType.UInt8 : TensorElementType.Float);
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

    /// <summary>Shows the model a frame, prepared as its manifest says.</summary>
    /// <param name="bgr">Of the input's size.</param>
    /// <exception cref="OnnxRuntimeException">The native library failed.</exception>
    public void Run(Frame bgr)
    {
        if (_input.IsBytes)
            bgr.Pixels.CopyTo(_bytes);
        else
            TensorWriter.WriteNchw(bgr, Input, _input.Colour.ToChannelOrder(), _input.Mean, _input.Scale);
        Run();
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
        ByteProducts.Guard(sessionOptions);
        if (package.Manifest.Input is { SizeMultiple: not null } input)
            FreeSizes.Fix(sessionOptions, input.Height, input.Width);
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
        ModelPackage package, string what, string name, IReadOnlyList<int> shape, IReadOnlyDictionary<string, NodeMetadata> actual, bool onlyOne,
        TensorElementType type = TensorElementType.Float)
    {
        if (!actual.TryGetValue(name, out var meta))
            throw new InputException($"{package.FilePath}: has no {what} '{name}', which its manifest names; it has {string.Join(", ", actual.Keys)}.");
        if (onlyOne && actual.Count != 1)
            throw new InputException($"{package.FilePath}: has {actual.Count} {what}s ({string.Join(", ", actual.Keys)}), but one is supported.");
        if (!meta.IsTensor || meta.ElementDataType != type)
            throw new InputException($"{package.FilePath}: {what} '{name}' is not {(type == TensorElementType.Float ? "a float32 tensor" : "a tensor of unsigned bytes")}.");
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

    private static T[] Pinned<T>(IReadOnlyList<int> shape)
        => GC.AllocateArray<T>(shape.Aggregate(1, (product, size) => checked(product * size)), pinned: true);

    private static OrtValue Value<T>(T[] values, IReadOnlyList<int> shape)
        where T : unmanaged
        => OrtValue.CreateTensorValueFromMemory(values, [.. shape.Select(size => (long)size)]);
}
