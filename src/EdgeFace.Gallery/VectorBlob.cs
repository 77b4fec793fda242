using System.Buffers.Binary;

namespace EdgeFace.Gallery;

/// <summary>A vector as it is stored: 32-bit floats, little-endian.</summary>
internal static class VectorBlob
{
    public static byte[] Write(ReadOnlySpan<float> values)
    {
        var blob = new byte[values.Length * sizeof(float)];
        Write(values, blob);
        return blob;
    }

    /// <param name="values">The vector.</param>
    /// <param name="blob">Receives it in its first bytes.</param>
    public static void Write(ReadOnlySpan<float> values, Span<byte> blob)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(blob[(i * sizeof(float))..], values[i]);
    }

    /// <param name="blob">4 x the values' length, or more.</param>
    /// <param name="values">Receives them.</param>
    public static void Read(ReadOnlySpan<byte> blob, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(blob[(i * sizeof(float))..]);
    }
}
