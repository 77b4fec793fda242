using System.Buffers.Binary;

namespace EdgeFace.Gallery;

/// <summary>A vector as it is stored: 32-bit floats, little-endian.</summary>
internal static class VectorBlob
{
    public static byte[] Write(ReadOnlySpan<float> values)
    {
        var blob = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(blob.AsSpan(i * sizeof(float)), values[i]);
        return blob;
    }

    /// <param name="blob">4 x the values' length.</param>
    /// <param name="values">Receives them.</param>
    public static void Read(ReadOnlySpan<byte> blob, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(blob[(i * sizeof(float))..]);
    }
}
