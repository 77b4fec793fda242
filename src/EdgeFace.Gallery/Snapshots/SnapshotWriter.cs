using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EdgeFace.Core.IO;
using EdgeFace.Core.Security;

namespace EdgeFace.Gallery;

/// <summary>
/// Writes a search as a file: a header of 4096 bytes, a table of units with a CRC-32C each, and the units, sealed. All little-endian.
/// Written aside, flushed, renamed, and the folder flushed.
/// </summary>
internal sealed unsafe class SnapshotWriter
{
    private readonly Stream _file;
    private readonly SnapshotHeader _header;
    private readonly SnapshotCipher _cipher;
    private readonly List<SnapshotUnit> _units = [];
    private byte[] _buffer = [];

    private SnapshotWriter(Stream file, SnapshotHeader header, KeyRing ring)
    {
        (_file, _header) = (file, header);
        _cipher = new SnapshotCipher(ring, header);
    }

    /// <exception cref="IOException">It cannot be written; an earlier file stays.</exception>
    /// <returns>The id that the gallery must note for the file to count.</returns>
    public static Guid Write(string path, IndexedSearch search, SearchMark mark, KeyRing ring, uint keyId, TimeProvider time)
    {
        var people = search.Table.All().Chunk(PeopleCodec.Page).ToList();
        var encoded = people.ConvertAll(PeopleCodec.Write);
        var blocks = search.Set.Blocks.Where(block => block.Live > 0).ToList();
        var set = search.Set;
        var units = 1 + people.Count + 2 * blocks.Count;
        var book = set.Book!.Write();
        var length = (long)SnapshotHeader.Bytes + units * SnapshotUnit.Bytes + sizeof(uint) + (long)units * SnapshotCipher.TagBytes
            + book.Length + encoded.Sum(page => (long)page.Length)
            + blocks.Sum(block => BlockBytes(set, block.Live) + RowBytes(set, block.Live) - SnapshotCipher.TagBytes);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var header = new SnapshotHeader(id, mark, search.ModelId, set.Dimension, set.Book.Bits, set.Templates, search.People, units, keyId, length);
        DurableFile.Write(path, file =>
        {
            var writer = new SnapshotWriter(file, header, ring);
            file.Position = SnapshotHeader.Bytes + units * SnapshotUnit.Bytes + sizeof(uint);
            writer.Add(SnapshotUnitKind.Book, 1, 0, book);
            for (var page = 0; page < people.Count; page++)
                writer.Add(SnapshotUnitKind.People, people[page].Length, page, encoded[page]);
            for (var block = 0; block < blocks.Count; block++)
                writer.AddBlock(block, blocks[block].Compacted());
            writer.Finish();
        }, DurableFile.OwnerOnly);
        return id;
    }

    /// <summary>Of a block without its int8 rows.</summary>
    public static int BlockBytes(TemplateSet set, int rows) => BlockBytes(set.Dimension, set.Book!.Planes, rows);

    public static int BlockBytes(int dimension, int planes, int rows)
        => rows * (sizeof(int) + sizeof(float) + (dimension + 63) / 64 * sizeof(ulong)) + Grouped(rows) * planes;

    public static int Grouped(int rows) => (rows + CodeKernel.Group - 1) / CodeKernel.Group * CodeKernel.Group;

    private static long RowBytes(TemplateSet set, int rows) => (long)rows * (set.Dimension + SnapshotCipher.TagBytes);

    private void AddBlock(int number, LiveBlock live)
    {
        var (block, rows) = (live.Block, live.Count);
        var plain = new byte[BlockBytes(block.Dimension, _header.CodeBits / 8, rows)];
        var rest = plain.AsSpan();
        Copy(MemoryMarshal.AsBytes(block.Owners.AsSpan(0, rows)), ref rest);
        Copy(new ReadOnlySpan<byte>(block.Scales, rows * sizeof(float)), ref rest);
        Copy(new ReadOnlySpan<byte>(block.Signs, rows * block.Words * sizeof(ulong)), ref rest);
        Copy(new ReadOnlySpan<byte>(block.Codes, rest.Length), ref rest);
        Add(SnapshotUnitKind.Block, rows, number, plain);

        var stride = block.Dimension + SnapshotCipher.TagBytes;
        var stored = Buffer(rows * stride);
        var scratch = stackalloc sbyte[block.Dimension];
        for (var row = 0; row < rows; row++)
        {
            var values = new ReadOnlySpan<byte>(block.Row(row, scratch), block.Dimension);
            _cipher.Seal(SnapshotUnitKind.Rows, SnapshotCipher.NumberOf(number, row), values, stored.Slice(row * stride, stride));
        }

        GC.KeepAlive(block);
        Store(SnapshotUnitKind.Rows, rows, stored);
    }

    private static void Copy(ReadOnlySpan<byte> from, ref Span<byte> rest)
    {
        from.CopyTo(rest);
        rest = rest[from.Length..];
    }

    private void Add(SnapshotUnitKind kind, int count, long number, byte[] plain)
    {
        var stored = Buffer(plain.Length + SnapshotCipher.TagBytes);
        _cipher.Seal(kind, number, plain, stored);
        Store(kind, count, stored);
    }

    private void Store(SnapshotUnitKind kind, int count, ReadOnlySpan<byte> stored)
    {
        _units.Add(new SnapshotUnit(kind, count, _file.Position, stored.Length, Crc32C.Of(stored)));
        _file.Write(stored);
    }

    private void Finish()
    {
        if (_file.Position != _header.Length || _units.Count != _header.Units)
            throw new InvalidOperationException("The snapshot has another length than was computed for it.");
        var table = new byte[_units.Count * SnapshotUnit.Bytes + sizeof(uint)];
        for (var i = 0; i < _units.Count; i++)
            _units[i].Write(table.AsSpan(i * SnapshotUnit.Bytes));
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(table.Length - sizeof(uint)), Crc32C.Of(table.AsSpan(0, table.Length - sizeof(uint))));
        _file.Position = 0;
        _file.Write(_header.Write());
        _file.Write(table);
    }

    private Span<byte> Buffer(int length)
    {
        if (_buffer.Length < length)
            _buffer = new byte[length];
        return _buffer.AsSpan(0, length);
    }
}
