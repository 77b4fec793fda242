using System.Numerics.Tensors;

namespace EdgeFace.Gallery;

/// <summary>A probe in every form that a search compares with, in memory that is used again.</summary>
internal sealed unsafe class QueryProbe
{
    private const float LeastSquaredNorm = 1e-20f;
    private const int TableBytes = 16;

    private AlignedMemory? _memory;
    private float[] _weights = [];

    public float* Floats { get; private set; }

    /// <summary>As long as the probe, for whoever needs it.</summary>
    public float* Scratch { get; private set; }

    /// <summary>As long as the probe, for a sum of rows.</summary>
    public float* Sum { get; private set; }

    public sbyte* Bytes { get; private set; }

    public ulong* Signs { get; private set; }

    public byte* Tables { get; private set; }

    public int ByteSum { get; private set; }

    public int Words { get; private set; }

    /// <exception cref="ArgumentException">The probe has no direction or another dimension.</exception>
    public void Prepare(TemplateSet set, ReadOnlySpan<float> probe)
    {
        var squared = TensorPrimitives.SumOfSquares(probe);
        if (!(squared >= LeastSquaredNorm && float.IsFinite(squared)))
            throw new ArgumentException("A probe without direction: its norm is zero or not finite.", nameof(probe));
        if (probe.Length != set.Dimension)
        {
            throw new ArgumentException(
                $"A probe of {probe.Length} values cannot be compared with templates of {set.Dimension}.", nameof(probe));
        }

        Lay(set);
        var floats = new Span<float>(Floats, probe.Length);
        TensorPrimitives.Multiply(probe, 1 / MathF.Sqrt(squared), floats);
        var bytes = new Span<sbyte>(Bytes, probe.Length);
        RowForms.Quantize(floats, bytes);
        ByteSum = 0;
        foreach (var value in bytes)
            ByteSum += value;
        RowForms.PackSigns(floats, new Span<ulong>(Signs, Words));
        set.Book?.Tabulate(floats, _weights, new Span<byte>(Tables, 2 * set.Book.Planes * TableBytes));
    }

    private void Lay(TemplateSet set)
    {
        Words = (set.Dimension + 63) / 64;
        var planes = set.Book?.Planes ?? 0;
        if (_weights.Length < planes * 8)
            _weights = new float[planes * 8];
        var (floats, bytes, signs) = (Padded(set.Dimension * sizeof(float)), Padded(set.Dimension), Padded(Words * sizeof(ulong)));
        var needed = 3 * floats + bytes + signs + 2 * planes * TableBytes;
        if (_memory is null || _length < needed)
            (_memory, _length) = (new AlignedMemory(needed), needed);
        Floats = (float*)_memory.Pointer;
        Bytes = (sbyte*)(_memory.Pointer + floats);
        Signs = (ulong*)(_memory.Pointer + floats + bytes);
        Tables = _memory.Pointer + floats + bytes + signs;
        Scratch = (float*)(_memory.Pointer + floats + bytes + signs + 2 * planes * TableBytes);
        Sum = (float*)((byte*)Scratch + floats);
    }

    private int _length;

    private static int Padded(int bytes) => (bytes + 63) / 64 * 64;
}
