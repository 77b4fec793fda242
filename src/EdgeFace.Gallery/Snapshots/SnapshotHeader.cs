using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFace.Gallery;

/// <summary>What a snapshot file says of itself.</summary>
/// <param name="Id">Of this file; the gallery notes it, so that a file of another history is not taken for its own.</param>
/// <param name="Mark">How far it follows the gallery.</param>
/// <param name="ModelId">Whose templates.</param>
/// <param name="Dimension">Values of a template.</param>
/// <param name="CodeBits">Of a short code.</param>
/// <param name="Templates">In it.</param>
/// <param name="People">In it.</param>
/// <param name="Units">Sealed pieces.</param>
/// <param name="KeyId">Key of the ring that the file's own key comes from.</param>
/// <param name="Length">Of the whole file.</param>
internal sealed record SnapshotHeader(
    Guid Id, SearchMark Mark, string ModelId, int Dimension, int CodeBits, int Templates, int People, int Units, uint KeyId, long Length)
{
    public const int Bytes = 4096;
    public const int Version = 2;
    public const int SaltBytes = 32;
    public const int MaxUnits = 1 << 20;

    private const int CrcAt = Bytes - sizeof(uint);
    private const int ModelAt = 114;
    private const int MaxDimension = 4096;

    public byte[] Salt { get; init; } = RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>Little-endian; the last four bytes are the CRC of the others.</summary>
    public byte[] Write()
    {
        var page = new byte[Bytes];
        "EFGALSNP"u8.CopyTo(page);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(12), Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(16), Mark.Revision);
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(24), Mark.Removal);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(32), KeyId);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(36), Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(40), CodeBits);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(44), Units);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(48), Templates);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(52), People);
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(56), Length);
        Salt.CopyTo(page, 64);
        Id.TryWriteBytes(page.AsSpan(96), bigEndian: true, out _);
        var model = Encoding.UTF8.GetBytes(ModelId);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(112), (ushort)model.Length);
        model.CopyTo(page, ModelAt);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(CrcAt), Crc32C.Of(page.AsSpan(0, CrcAt)));
        return page;
    }

    /// <exception cref="SnapshotException">It is none, or cannot be used.</exception>
    public static SnapshotHeader Read(ReadOnlySpan<byte> page, long fileLength)
    {
        if (page.Length < Bytes || !page.StartsWith("EFGALSNP"u8))
            throw new SnapshotException("it is not a snapshot, or it was cut");
        var version = BinaryPrimitives.ReadInt32LittleEndian(page[8..]);
        if (version != Version)
            throw new SnapshotException($"it is of version {version}, this program reads {Version}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(page[CrcAt..]) != Crc32C.Of(page[..CrcAt]))
            throw new SnapshotException("its header is damaged");
        var modelBytes = BinaryPrimitives.ReadUInt16LittleEndian(page[112..]);
        if (modelBytes > CrcAt - ModelAt)
            throw new SnapshotException("its header makes no sense");
        var header = new SnapshotHeader(
            new Guid(page.Slice(96, 16), bigEndian: true),
            new SearchMark(BinaryPrimitives.ReadInt64LittleEndian(page[16..]), BinaryPrimitives.ReadInt64LittleEndian(page[24..])),
            Encoding.UTF8.GetString(page.Slice(ModelAt, modelBytes)),
            BinaryPrimitives.ReadInt32LittleEndian(page[36..]), BinaryPrimitives.ReadInt32LittleEndian(page[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(page[48..]), BinaryPrimitives.ReadInt32LittleEndian(page[52..]),
            BinaryPrimitives.ReadInt32LittleEndian(page[44..]), BinaryPrimitives.ReadUInt32LittleEndian(page[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[56..])) { Salt = page.Slice(64, SaltBytes).ToArray() };
        header.Check(fileLength);
        return header;
    }

    private void Check(long fileLength)
    {
        if (Dimension is < 16 or > MaxDimension || Dimension % 16 != 0 || CodeBits < 8 || CodeBits > Dimension || CodeBits % 8 != 0
            || Templates < 0 || People < 0 || Units is < 1 or > MaxUnits || Mark.Revision < 0)
        {
            throw new SnapshotException("its header makes no sense");
        }

        if (Length != fileLength || Length < Bytes + (long)Units * SnapshotUnit.Bytes + sizeof(uint))
            throw new SnapshotException("it was cut, or something was added to it");
    }
}

/// <summary>A snapshot file that cannot be used: the message says why, as the end of a sentence. The gallery itself is read instead.</summary>
internal sealed class SnapshotException(string message) : Exception(message);

internal enum SnapshotUnitKind
{
    Book = 1,
    People = 2,

    /// <summary>Of a block: owners, scales, sign bits and short codes.</summary>
    Block = 3,

    /// <summary>The int8 rows of the block before, each sealed by itself.</summary>
    Rows = 4,
}

/// <summary>A line of the file's table.</summary>
/// <param name="Count">People, or rows.</param>
/// <param name="Crc">Of the bytes as they stand in the file.</param>
internal readonly record struct SnapshotUnit(SnapshotUnitKind Kind, int Count, long Offset, int Length, uint Crc)
{
    public const int Bytes = 24;

    public void Write(Span<byte> line)
    {
        BinaryPrimitives.WriteInt32LittleEndian(line, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(line[4..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(line[8..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(line[16..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(line[20..], Crc);
    }

    public static SnapshotUnit Read(ReadOnlySpan<byte> line) => new(
        (SnapshotUnitKind)BinaryPrimitives.ReadInt32LittleEndian(line), BinaryPrimitives.ReadInt32LittleEndian(line[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(line[8..]), BinaryPrimitives.ReadInt32LittleEndian(line[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(line[20..]));
}
