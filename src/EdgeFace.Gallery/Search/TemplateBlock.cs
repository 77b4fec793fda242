using System.Numerics.Tensors;

namespace EdgeFace.Gallery;

/// <summary>
/// Rows of templates, each form contiguous. A row is written once, before its number is published, and never again; who has
/// left is cleared in a mask that is copied (<see cref="LiveBlock"/>).
/// </summary>
internal sealed unsafe class TemplateBlock
{
    /// <summary>Rows of a full block. A multiple of <see cref="CodeKernel.Group"/>.</summary>
    public const int MaxRows = 4096;

    /// <summary>Fewer rows are written by one thread.</summary>
    private const int LeastParallel = 2048;

    private readonly AlignedMemory? _floats;
    private readonly AlignedMemory? _bytes;
    private readonly AlignedMemory? _signs;
    private readonly AlignedMemory? _codes;
    private readonly AlignedMemory _scales;
    private readonly CodeBook? _book;
    private readonly RowVault? _vault;

    /// <param name="vault">Where the int8 rows are instead of in memory; such a block is only read.</param>
    public TemplateBlock(int dimension, int rows, TemplateStorage storage, CodeBook? book, RowVault? vault = null)
    {
        _vault = vault;
        Dimension = dimension;
        Rows = (rows + CodeKernel.Group - 1) / CodeKernel.Group * CodeKernel.Group;
        Words = (dimension + 63) / 64;
        Owners = new int[Rows];
        _book = book;
        _scales = new AlignedMemory(Rows * sizeof(float));
        _floats = storage.HasFlag(TemplateStorage.Float32) ? new AlignedMemory((long)Rows * dimension * sizeof(float)) : null;
        _bytes = storage.HasFlag(TemplateStorage.Int8) && vault is null ? new AlignedMemory((long)Rows * dimension) : null;
        _signs = storage.HasFlag(TemplateStorage.Signs) ? new AlignedMemory((long)Rows * Words * sizeof(ulong)) : null;
        _codes = book is not null ? new AlignedMemory((long)Rows * book.Planes) : null;
    }

    public int Dimension { get; }

    public int Rows { get; }

    /// <summary>Words of 64 signs a row.</summary>
    public int Words { get; }

    /// <summary>Whose template each row is.</summary>
    public int[] Owners { get; }

    /// <summary>Rows cannot be added: they lie sealed in a file.</summary>
    public bool IsSealed => _vault is not null;

    public float* Floats => (float*)(_floats is null ? null : _floats.Pointer);

    public sbyte* Bytes => (sbyte*)(_bytes is null ? null : _bytes.Pointer);

    public float* Scales => (float*)_scales.Pointer;

    public ulong* Signs => (ulong*)(_signs is null ? null : _signs.Pointer);

    /// <summary>Byte planes a group; see <see cref="CodeKernel"/>.</summary>
    public byte* Codes => _codes is null ? null : _codes.Pointer;

    /// <param name="first">The first row, not published yet; the others follow.</param>
    /// <param name="owners">Whose each row is.</param>
    /// <param name="vectors">Of length 1, one after the other.</param>
    public void Write(int first, ReadOnlySpan<int> owners, ReadOnlySpan<float> vectors)
    {
        if (owners.Length < LeastParallel)
        {
            for (var i = 0; i < owners.Length; i += CodeBook.Strip)
                WriteStrip(first + i, owners.Slice(i, Math.Min(CodeBook.Strip, owners.Length - i)), vectors[(i * Dimension)..]);
            return;
        }

        // Each row's bytes are its own, those of the codes as well. A span does not enter a lambda; its address may.
        fixed (float* values = vectors)
        {
            var (at, who) = ((nint)values, owners.ToArray());
            Parallel.For(0, (who.Length + CodeBook.Strip - 1) / CodeBook.Strip, strip =>
            {
                var i = strip * CodeBook.Strip;
                var rows = Math.Min(CodeBook.Strip, who.Length - i);
                WriteStrip(first + i, who.AsSpan(i, rows), new ReadOnlySpan<float>((float*)at + (long)i * Dimension, rows * Dimension));
            });
        }
    }

    /// <summary>A row in float, as exactly as it is kept: the values' rounding to int8 moves a cosine by about 0.0004 (one deviation).</summary>
    /// <param name="probe">Of length 1.</param>
    /// <param name="row">Any.</param>
    /// <param name="scratch"><see cref="Dimension"/> values.</param>
    public float Similarity(float* probe, int row, float* scratch)
    {
        if (Floats != null)
            return FloatKernel.Dot(probe, Floats + (long)row * Dimension, Dimension);
        Widen(row, scratch);
        return FloatKernel.Dot(probe, scratch, Dimension) * Scales[row];
    }

    /// <summary>Adds a row, as exactly as it is kept.</summary>
    /// <param name="sum"><see cref="Dimension"/> values.</param>
    /// <param name="row">Any.</param>
    /// <param name="scratch">As many.</param>
    public void AddTo(Span<float> sum, int row, float* scratch)
    {
        if (Floats != null)
        {
            TensorPrimitives.Add(sum, new ReadOnlySpan<float>(Floats + (long)row * Dimension, Dimension), sum);
            return;
        }

        Widen(row, scratch);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(scratch, Dimension), Scales[row], sum, sum);
    }

    private void Widen(int row, float* scratch)
    {
        // Opened into the end of the same scratch: each value is read before it is written over.
        var bytes = Row(row, (sbyte*)scratch + 3 * Dimension);
        for (var i = 0; i < Dimension; i++)
            scratch[i] = bytes[i];
    }

    /// <summary>An empty block of the same forms, in memory.</summary>
    public TemplateBlock NewLike(int rows)
    {
        var storage = (_floats is null ? 0 : TemplateStorage.Float32) | (_bytes is null && _vault is null ? 0 : TemplateStorage.Int8)
            | (_signs is null ? 0 : TemplateStorage.Signs) | (_codes is null ? 0 : TemplateStorage.Codes);
        return new TemplateBlock(Dimension, rows, storage, _book);
    }

    /// <summary>The int8 values of a row: where they lie, or, opened, in the scratch.</summary>
    public sbyte* Row(int row, sbyte* scratch)
    {
        if (_vault is null)
            return Bytes + (long)row * Dimension;
        _vault.Read(row, scratch);
        return scratch;
    }

    private void WriteStrip(int first, ReadOnlySpan<int> owners, ReadOnlySpan<float> vectors)
    {
        for (var i = 0; i < owners.Length; i++)
        {
            var row = first + i;
            var vector = vectors.Slice(i * Dimension, Dimension);
            Owners[row] = owners[i];
            if (Floats != null)
                vector.CopyTo(new Span<float>(Floats + (long)row * Dimension, Dimension));
            if (Bytes != null)
                Scales[row] = RowForms.Quantize(vector, new Span<sbyte>(Bytes + (long)row * Dimension, Dimension));
            if (Signs != null)
                RowForms.PackSigns(vector, new Span<ulong>(Signs + (long)row * Words, Words));
        }

        if (Codes == null)
            return;
        Span<byte> codes = stackalloc byte[CodeBook.Strip * _book!.Planes];
        _book.Encode(vectors[..(owners.Length * Dimension)], codes);
        for (var i = 0; i < owners.Length; i++)
        {
            for (var plane = 0; plane < _book.Planes; plane++)
                Codes[PlaneOf(first + i, plane)] = codes[i * _book.Planes + plane];
        }
    }

    /// <summary>Copies a row as it is from another block of the same forms.</summary>
    public void Copy(TemplateBlock from, int fromRow, int row)
    {
        Owners[row] = from.Owners[fromRow];
        Scales[row] = from.Scales[fromRow];
        if (Floats != null)
            new Span<float>(from.Floats + (long)fromRow * Dimension, Dimension).CopyTo(new Span<float>(Floats + (long)row * Dimension, Dimension));
        if (Bytes != null)
        {
            var target = Bytes + (long)row * Dimension;
            var source = from.Row(fromRow, target);
            if (source != target)
                new Span<sbyte>(source, Dimension).CopyTo(new Span<sbyte>(target, Dimension));
        }

        if (Signs != null)
            new Span<ulong>(from.Signs + (long)fromRow * Words, Words).CopyTo(new Span<ulong>(Signs + (long)row * Words, Words));
        for (var plane = 0; Codes != null && plane < _book!.Planes; plane++)
            Codes[PlaneOf(row, plane)] = from.Codes[PlaneOf(fromRow, plane)];
        GC.KeepAlive(from);
    }

    private int PlaneOf(int row, int plane)
        => row / CodeKernel.Group * CodeKernel.Group * _book!.Planes + plane * CodeKernel.Group + row % CodeKernel.Group;
}
