using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>Float32 contents of a <see cref="TensorProto"/>, whichever of its two fields holds them.</summary>
internal static class FloatTensor
{
    public static bool IsFloat(TensorProto tensor) => tensor.DataType == (int)TensorProto.Types.DataType.Float;

    public static float[] Read(TensorProto tensor)
        => tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];

    public static void Write(TensorProto tensor, ReadOnlySpan<float> values)
    {
        tensor.FloatData.Clear();
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Adds an initializer.</summary>
    /// <returns>Its name.</returns>
    public static string Add(GraphProto graph, string name, IEnumerable<long> dims, ReadOnlySpan<float> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, Dims = { dims } };
        Write(tensor, values);
        graph.Initializer.Add(tensor);
        return name;
    }
}
