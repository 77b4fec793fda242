using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EdgeFace.Core.Security;

namespace EdgeFace.Gallery;

/// <summary>A snapshot that <see cref="SnapshotWriter"/> has written, mapped for reading. Opening looks at the header alone.</summary>
internal sealed unsafe class SnapshotFile
{
    private readonly SnapshotMap _map;

    private SnapshotFile(SnapshotMap map, SnapshotHeader header) => (_map, Header) = (map, header);

    public SnapshotHeader Header { get; }

    /// <summary>Something in it did not open when it was wanted.</summary>
    public bool IsDamaged => _map.IsDamaged;

    /// <exception cref="SnapshotException">It is no snapshot, of another version, or was cut.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SnapshotFile Open(string path)
    {
        var map = new SnapshotMap(path);
        return new SnapshotFile(map, SnapshotHeader.Read(map.Slice(0, SnapshotHeader.Bytes), map.Length));
    }

    /// <summary>Everything in memory.</summary>
    /// <param name="keepSealed">Leaves the int8 rows sealed in the file, to be opened when a search wants them.</param>
    /// <exception cref="SnapshotException">It is damaged or was changed.</exception>
    /// <exception cref="Core.InputException">The ring does not have its key.</exception>
    public GalleryIndex Load(KeyRing ring, bool keepSealed)
    {
        var (units, cipher) = (ReadTable(checkRows: !keepSealed), new SnapshotCipher(ring, Header));
        var pages = units.Where(unit => unit.Kind == SnapshotUnitKind.People).ToArray();
        var people = new List<(int, Person?)>();
        for (var page = 0; page < pages.Length; page++)
            people.AddRange(PeopleCodec.Read(Plain(cipher, pages[page], page), pages[page].Count));
        var book = CodeBook.Read(Plain(cipher, units[0], 0), Header.Dimension, Header.CodeBits);
        var blocks = ReadBlocks(units[(1 + pages.Length)..], cipher, book, keepSealed);
        var table = PeopleTable.Empty.With(people);
        foreach (var owner in blocks.SelectMany(block => block.Block.Owners.Take(block.Count)))
        {
            if (!table.Contains(owner))
                throw new SnapshotException("a template in it is nobody's");
        }

        if (table.Count != Header.People || blocks.Sum(block => block.Count) != Header.Templates)
            throw new SnapshotException("it does not hold what its header says");
        return GalleryIndex.Of(Header.ModelId, Header.Dimension, book, blocks, table);
    }

    private LiveBlock[] ReadBlocks(SnapshotUnit[] units, SnapshotCipher cipher, CodeBook book, bool keepSealed)
    {
        var blocks = new LiveBlock[units.Length / 2];
        try
        {
            Parallel.For(0, blocks.Length, i => blocks[i] = ReadBlock(i, units[2 * i], units[2 * i + 1], cipher, book, keepSealed));
        }
        catch (AggregateException failures) when (failures.InnerException is SnapshotException failure)
        {
            throw new SnapshotException(failure.Message);
        }

        return blocks;
    }

    private LiveBlock ReadBlock(int number, SnapshotUnit unit, SnapshotUnit rowUnit, SnapshotCipher cipher, CodeBook book, bool keepSealed)
    {
        var (rows, dimension) = (unit.Count, Header.Dimension);
        var stride = dimension + SnapshotCipher.TagBytes;
        if (unit.Kind != SnapshotUnitKind.Block || rowUnit.Kind != SnapshotUnitKind.Rows || rowUnit.Count != rows || rows is < 1 or > TemplateBlock.MaxRows
            || unit.Length != SnapshotWriter.BlockBytes(dimension, book.Planes, rows) + SnapshotCipher.TagBytes || rowUnit.Length != rows * stride)
        {
            throw new SnapshotException("its table makes no sense");
        }

        var vault = new RowVault(_map, cipher, rowUnit, number, dimension);
        var block = new TemplateBlock(dimension, rows, TemplateStorage.Int8 | TemplateStorage.Signs | TemplateStorage.Codes, book, keepSealed ? vault : null);
        ReadOnlySpan<byte> rest = Plain(cipher, unit, number);
        Take(ref rest, MemoryMarshal.AsBytes(block.Owners.AsSpan(0, rows)));
        Take(ref rest, new Span<byte>(block.Scales, rows * sizeof(float)));
        Take(ref rest, new Span<byte>(block.Signs, rows * block.Words * sizeof(ulong)));
        Take(ref rest, new Span<byte>(block.Codes, rest.Length));
        for (var row = 0; row < rows && !keepSealed; row++)
            vault.Read(row, block.Bytes + (long)row * dimension);
        if (!keepSealed && _map.IsDamaged)
            throw new SnapshotException("a template in it was changed");
        GC.KeepAlive(block);
        return LiveBlock.Empty(block).Append(rows);
    }

    private static void Take(ref ReadOnlySpan<byte> rest, Span<byte> target)
    {
        rest[..target.Length].CopyTo(target);
        rest = rest[target.Length..];
    }

    private byte[] Plain(SnapshotCipher cipher, SnapshotUnit unit, int number)
    {
        if (unit.Length < SnapshotCipher.TagBytes)
            throw new SnapshotException("its table makes no sense");
        var plain = new byte[unit.Length - SnapshotCipher.TagBytes];
        return cipher.TryOpen(unit.Kind, number, _map.Slice(unit.Offset, unit.Length), plain)
            ? plain
            : throw new SnapshotException("something in it was changed");
    }

    /// <summary>The table, with every unit's CRC checked; in order: the book, people, and pairs of block and rows.</summary>
    private SnapshotUnit[] ReadTable(bool checkRows)
    {
        var bytes = Header.Units * SnapshotUnit.Bytes;
        var table = _map.Slice(SnapshotHeader.Bytes, bytes + sizeof(uint));
        if (BinaryPrimitives.ReadUInt32LittleEndian(table[bytes..]) != Crc32C.Of(table[..bytes]))
            throw new SnapshotException("its table is damaged");
        var units = new SnapshotUnit[Header.Units];
        for (var i = 0; i < units.Length; i++)
            units[i] = SnapshotUnit.Read(table[(i * SnapshotUnit.Bytes)..]);
        var people = units.Skip(1).TakeWhile(unit => unit.Kind == SnapshotUnitKind.People).Count();
        if (units[0] is not { Kind: SnapshotUnitKind.Book, Count: 1 } || (units.Length - 1 - people) % 2 != 0)
            throw new SnapshotException("its table makes no sense");
        var damaged = 0;
        Parallel.ForEach(units.Where(unit => checkRows || unit.Kind != SnapshotUnitKind.Rows), unit =>
        {
            if (unit.Offset < 0 || unit.Length < 0 || unit.Offset > _map.Length - unit.Length || Crc32C.Of(_map.Slice(unit.Offset, unit.Length)) != unit.Crc)
                Interlocked.Increment(ref damaged);
        });
        return damaged == 0 ? units : throw new SnapshotException($"{damaged} of its {units.Length} parts are damaged");
    }
}
