using System.IO.MemoryMappedFiles;

namespace EdgeFace.Gallery;

/// <summary>A file mapped for reading, and unmapped when nobody uses it any more.</summary>
internal sealed unsafe class SnapshotMap
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <exception cref="SnapshotException">It is too small for a snapshot.</exception>
    public SnapshotMap(string path)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            Length = file.Length;
            if (Length < SnapshotHeader.Bytes)
                throw new SnapshotException("it is not a snapshot, or it was cut");
            _file = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        }

        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    ~SnapshotMap()
    {
        if (_start != null)
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    public long Length { get; }

    /// <summary>Set when something in it did not open after all.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Valid while this object is reachable.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new SnapshotException("something in it points outside of it");
        return new ReadOnlySpan<byte>(_start + offset, length);
    }
}
