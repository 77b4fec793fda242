using System.Runtime.InteropServices;
using System.Text;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Vectors as a .npy file, version 1.0: one row a picture, little-endian 32-bit floats.</summary>
internal static class VectorFile
{
    private const int Prefix = 10;
    private const int Border = 64;

    public static void Write(Stream stream, IReadOnlyList<(string Person, float[] Vector)> faces)
    {
        var shape = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({faces.Count}, {(faces.Count > 0 ? faces[0].Vector.Length : 0)}), }}";
        var header = shape.PadRight((Prefix + shape.Length + Border) / Border * Border - Prefix - 1) + "\n";
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header));
        foreach (var (_, vector) in faces)
            stream.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
    }
}
