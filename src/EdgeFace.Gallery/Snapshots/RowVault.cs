namespace EdgeFace.Gallery;

/// <summary>The int8 rows of one block where they stay sealed in the mapped file, opened one by one when a search wants them.</summary>
internal sealed unsafe class RowVault(SnapshotMap map, SnapshotCipher cipher, SnapshotUnit unit, int block, int dimension)
{
    /// <summary>Opens a row. One that does not open is zeros, which are like nobody; the file is then not used any longer.</summary>
    public void Read(int row, sbyte* target)
    {
        var stride = dimension + SnapshotCipher.TagBytes;
        var stored = map.Slice(unit.Offset + (long)row * stride, stride);
        var plain = new Span<byte>(target, dimension);
        if (cipher.TryOpen(SnapshotUnitKind.Rows, SnapshotCipher.NumberOf(block, row), stored, plain))
            return;
        plain.Clear();
        map.IsDamaged = true;
    }
}
