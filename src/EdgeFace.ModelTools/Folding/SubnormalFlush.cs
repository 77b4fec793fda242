using Onnx;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Sets weights to zero that are too small to change a float32 sum. Subnormal numbers, which dead channels are full of,
/// take a processor some hundred cycles each; products of weights near them become subnormal as well.
/// </summary>
internal static class SubnormalFlush
{
    /// <summary>Magnitudes below this become zero. Far above the smallest normal float32 (1.2e-38), so that products with
    /// activations stay normal too, and far below anything that is visible beside weights of ordinary size.</summary>
    public const float Threshold = 1e-15f;

    /// <summary>Flushes the float32 initializers and constants of the graph.</summary>
    /// <returns>How many weights changed.</returns>
    public static int Apply(GraphProto graph)
    {
        var flushed = 0;
        foreach (var tensor in graph.Initializer)
            flushed += Flush(tensor);
        foreach (var node in graph.Node.Where(node => node.OpType == "Constant"))
        {
            foreach (var attribute in node.Attribute.Where(attribute => attribute.T is not null))
                flushed += Flush(attribute.T);
        }

        return flushed;
    }

    private static int Flush(TensorProto tensor)
    {
        if (!FloatTensor.IsFloat(tensor))
            return 0;
        var values = FloatTensor.Read(tensor);
        var flushed = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!IsTiny(values[i]))
                continue;
            values[i] = 0;
            flushed++;
        }

        if (flushed > 0)
            FloatTensor.Write(tensor, values);
        return flushed;
    }

    /// <summary>By the bits: native code can leave "subnormals are zero" set on a thread, and there a comparison with zero takes
    /// the very weights that are looked for as zeros already.</summary>
    private static bool IsTiny(float value)
    {
        var magnitude = BitConverter.SingleToUInt32Bits(value) & 0x7FFF_FFFF;
        return magnitude != 0 && magnitude < BitConverter.SingleToUInt32Bits(Threshold);
    }
}
