using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using EdgeFace.Core;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>Matrices of float32 as numpy keeps them (format 1.0, C order).</summary>
internal static partial class SearchBenchNpy
{
    private const int Prefix = 10;

    /// <exception cref="InputException">The file is no such matrix.</exception>
    public static (float[] Values, int Columns) Read(string path)
    {
        using var file = OpenRead(path);
        var start = new byte[Prefix];
        if (file.ReadAtLeast(start, Prefix, throwOnEndOfStream: false) < Prefix || start[0] != 0x93 || !start.AsSpan(1).StartsWith("NUMPY\u0001\0"u8))
            throw new InputException($"{path}: not a .npy file of format 1.0.");
        var header = new byte[start[8] | start[9] << 8];
        file.ReadExactly(header);
        if (Shape().Match(Encoding.ASCII.GetString(header)) is not { Success: true } match)
            throw new InputException($"{path}: not a matrix of float32 in C order; save it with numpy.save(FILE, x.astype('<f4')).");
        var (rows, columns) = (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        if (file.Length - file.Position != (long)rows * columns * sizeof(float) || (long)rows * columns > Array.MaxLength)
            throw new InputException($"{path}: the file is not as long as its header says, or too long.");
        var values = new float[rows * columns];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return (values, columns);
    }

    public static unsafe void Write(string path, string type, float* values, long rows, int columns)
        => Write(path, type, rows, columns, file =>
        {
            for (long row = 0; row < rows; row++)
                file.Write(new ReadOnlySpan<byte>(values + row * columns, columns * sizeof(float)));
        });

    public static void Write(string path, string type, long rows, int columns, Action<Stream> body)
    {
        var shape = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        var header = shape.PadRight((Prefix + shape.Length + 1 + 63) / 64 * 64 - Prefix - 1) + "\n";
        using var file = new BufferedStream(File.Create(path), 1 << 20);
        file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header));
        body(file);
    }

    private static FileStream OpenRead(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read; name a .npy file of embeddings with --vectors.", exception);
        }
    }

    [GeneratedRegex(@"'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)")]
    private static partial Regex Shape();
}
