using EdgeFace.Core;
using EdgeFace.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeFace.ModelTools.Models;

/// <summary>Asks ONNX Runtime what a model takes and gives, by running it once.</summary>
internal static class ModelProbe
{
    /// <summary>The one input; sizes that the model leaves free are -1.</summary>
    /// <exception cref="InputException">ONNX Runtime does not take the model, or it has not one input of four axes, float32 or bytes.</exception>
    public static (string Name, int[] Shape, bool IsBytes) Input(byte[] model, string path)
    {
        using var session = Open(model, path);
        if (session.InputMetadata.Count != 1)
            throw new InputException($"{path}: has {session.InputMetadata.Count} inputs ({string.Join(", ", session.InputMetadata.Keys)}), but one is supported.");
        var (name, meta) = session.InputMetadata.First();
        var bytes = meta.IsTensor && meta.ElementDataType == TensorElementType.UInt8;
        if (!(bytes || meta.IsTensor && meta.ElementDataType == TensorElementType.Float) || meta.Dimensions.Length != 4)
            throw new InputException($"{path}: input '{name}' is neither a float32 tensor of four axes (NCHW) nor one of unsigned bytes (NHWC).");
        return (name, meta.Dimensions, bytes);
    }

    /// <summary>The outputs as they come out for an input of this shape, in the model's order.</summary>
    /// <exception cref="InputException">ONNX Runtime does not take the model, or it does not run with this shape.</exception>
    public static IReadOnlyList<ModelOutput> Outputs(byte[] model, string path, string input, IReadOnlyList<int> shape)
    {
        using var session = Open(model, path);
        if (!session.InputMetadata.TryGetValue(input, out var meta))
            throw new InputException($"{path}: has no input '{input}'; it has {string.Join(", ", session.InputMetadata.Keys)}.");
        var (values, sides) = (shape.Aggregate(1, (product, size) => checked(product * size)), shape.Select(size => (long)size).ToArray());
        using var value = meta.ElementDataType == TensorElementType.UInt8
            ? OrtValue.CreateTensorValueFromMemory(new byte[values], sides)
            : OrtValue.CreateTensorValueFromMemory(new float[values], sides);
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            using var results = session.Run(options, [input], [value], session.OutputNames);
            return [.. session.OutputNames.Select((name, i) => new ModelOutput(name, [.. results[i].GetTensorTypeAndShape().Shape.Select(size => checked((int)size))]))];
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{path}: does not run with an input of [{string.Join(", ", shape)}] ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    private static InferenceSession Open(byte[] model, string path)
    {
        InferenceRuntime.Prepare();
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{path}: ONNX Runtime does not take the model ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }
}
