using System.Numerics;

namespace EdgeFace.Gallery;

/// <summary>A block as readers see it: so many rows of it, without those whose bit is clear. Immutable.</summary>
/// <param name="Block">The rows.</param>
/// <param name="Count">Rows published.</param>
/// <param name="Alive">One bit a row, in words of <see cref="CodeKernel.Group"/> rows.</param>
/// <param name="Live">Bits set.</param>
internal sealed record LiveBlock(TemplateBlock Block, int Count, ulong[] Alive, int Live)
{
    public int Groups => (Count + CodeKernel.Group - 1) / CodeKernel.Group;

    public static LiveBlock Empty(TemplateBlock block) => new(block, 0, new ulong[block.Rows / CodeKernel.Group], 0);

    /// <summary>With rows that have been written after the last one.</summary>
    public LiveBlock Append(int rows)
    {
        var alive = (ulong[])Alive.Clone();
        for (var row = Count; row < Count + rows; row++)
            alive[row / CodeKernel.Group] |= 1UL << (row % CodeKernel.Group);
        return new LiveBlock(Block, Count + rows, alive, Live + rows);
    }

    /// <summary>With nothing but rows that are there: itself, or a copy.</summary>
    public LiveBlock Compacted(Action<int, int>? moved = null)
    {
        if (Live == Count)
            return this;
        var block = Block.NewLike(Math.Max(Live, 1));
        var count = 0;
        for (var group = 0; group < Alive.Length; group++)
        {
            for (var bits = Alive[group]; bits != 0; bits &= bits - 1)
            {
                var row = group * CodeKernel.Group + BitOperations.TrailingZeroCount(bits);
                block.Copy(Block, row, count);
                moved?.Invoke(row, count);
                count++;
            }
        }

        return Empty(block).Append(count);
    }

    /// <summary>Without the rows whose bits are set.</summary>
    public LiveBlock Without(ReadOnlySpan<ulong> gone)
    {
        var alive = (ulong[])Alive.Clone();
        var live = 0;
        for (var i = 0; i < alive.Length; i++)
        {
            alive[i] &= ~gone[i];
            live += BitOperations.PopCount(alive[i]);
        }

        return new LiveBlock(Block, Count, alive, live);
    }
}
