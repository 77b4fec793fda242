using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeFace.TestKit;

/// <summary>An array of bytes that numpy saved: format 1.0, C order, element type <c>|u1</c>.</summary>
public sealed partial class NpyFile
{
    private const int HeaderStart = 10;

    private NpyFile(int[] shape, byte[] values)
    {
        Shape = shape;
        Values = values;
    }

    public IReadOnlyList<int> Shape { get; }

    public byte[] Values { get; }

    /// <exception cref="InvalidDataException">The file is of another format, order or element type.</exception>
    public static NpyFile Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        if (!bytes.AsSpan().StartsWith(magic))
            throw new InvalidDataException($"{path} is no npy file of format 1.0.");

        var headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(magic.Length));
        var header = Encoding.ASCII.GetString(bytes, HeaderStart, headerLength);
        var match = Header().Match(header);
        if (!match.Success)
            throw new InvalidDataException($"{path} holds no bytes in C order: {header}");

        var shape = match.Groups[1].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => int.Parse(part, CultureInfo.InvariantCulture))
            .ToArray();
        var values = bytes[(HeaderStart + headerLength)..];
        if (values.Length != shape.Aggregate(1, (product, side) => product * side))
            throw new InvalidDataException($"{path} is not as long as its shape.");
        return new NpyFile(shape, values);
    }

    [GeneratedRegex(@"'descr': '\|u1', 'fortran_order': False, 'shape': \(([\d, ]*)\)")]
    private static partial Regex Header();
}
