namespace EdgeFace.Gallery;

/// <summary>The templates of one moment, as readers see them. Immutable.</summary>
internal sealed class TemplateSet
{
    public TemplateSet(int dimension, TemplateStorage storage, CodeBook? book, LiveBlock[] blocks)
    {
        (Dimension, Storage, Book, Blocks) = (dimension, storage, book, blocks);
        foreach (var block in blocks)
        {
            Templates += block.Live;
            Groups += block.Groups;
        }
    }

    public int Dimension { get; }

    public TemplateStorage Storage { get; }

    /// <summary>Null when the templates have no short codes.</summary>
    public CodeBook? Book { get; }

    public LiveBlock[] Blocks { get; }

    public int Templates { get; }

    /// <summary>Of <see cref="CodeKernel.Group"/> rows each, the last of a block perhaps not full.</summary>
    public int Groups { get; }

    /// <summary>Bytes that a template takes, in all its forms.</summary>
    public int BytesPerTemplate
        => (Storage.HasFlag(TemplateStorage.Float32) ? Dimension * sizeof(float) : 0)
            + (Storage.HasFlag(TemplateStorage.Int8) ? Dimension + sizeof(float) : 0)
            + (Storage.HasFlag(TemplateStorage.Signs) ? (Dimension + 63) / 64 * sizeof(ulong) : 0)
            + (Book?.Planes ?? 0) + sizeof(int);

    public (TemplateBlock Block, int Row) At(int id) => (Blocks[id / TemplateBlock.MaxRows].Block, id % TemplateBlock.MaxRows);
}
