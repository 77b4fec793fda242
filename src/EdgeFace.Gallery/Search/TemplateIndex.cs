using System.Numerics;

namespace EdgeFace.Gallery;

/// <summary>
/// Templates that come and go while others search. One writer at a time makes a new <see cref="TemplateSet"/> and swaps the
/// reference; readers take <see cref="Current"/> once a query and are never held up. Rows are added behind the published
/// ones; removal copies a mask; a block of which more than <see cref="DeadShare"/> has left is written anew, in a later change when
/// this one would write many: whoever leaves from all over the gallery would bring all blocks to the limit at the same time.
/// </summary>
internal sealed class TemplateIndex
{
    /// <summary>No block is being filled.</summary>
    private const int Full = -1;

    /// <summary>One in so many rows may be dead.</summary>
    private const int DeadShare = 4;

    /// <summary>Rows that a change writes anew, for each row that leaves with it: twice what is needed in the long run.</summary>
    private const int RewrittenPerGone = 2 * (DeadShare - 1);

    private readonly Lock _writing = new();
    private readonly OwnerRows _rows = new();
    private readonly List<int> _leaving = [];

    /// <summary>Blocks to be written anew, the one that has waited longest first.</summary>
    private readonly Queue<int> _due = new();
    private volatile TemplateSet _current;

    /// <summary>The block that is being filled.</summary>
    private int _tail = Full;

    /// <param name="dimension">A multiple of 16.</param>
    /// <param name="storage">The forms to keep; <see cref="TemplateStorage.Codes"/> needs a book.</param>
    /// <param name="book">How short codes are made; null for none.</param>
    public TemplateIndex(int dimension, TemplateStorage storage, CodeBook? book = null)
    {
        if (dimension < 16 || dimension % 16 != 0)
            throw new ArgumentException($"Templates of {dimension} values cannot be searched: the dimension must be a multiple of 16.", nameof(dimension));
        if (storage.HasFlag(TemplateStorage.Codes) != book is not null)
            throw new ArgumentException("Short codes and their book come together.", nameof(book));
        _current = new TemplateSet(dimension, storage, book, []);
    }

    /// <param name="blocks">Whose rows are all there.</param>
    public TemplateIndex(int dimension, TemplateStorage storage, CodeBook book, LiveBlock[] blocks)
        : this(dimension, storage, book)
    {
        _current = new TemplateSet(dimension, storage, book, blocks);
        _tail = blocks.Length > 0 && !Continues(blocks, blocks[^1]) ? blocks.Length - 1 : Full;
        for (var block = 0; block < blocks.Length; block++)
        {
            for (var row = 0; row < blocks[block].Count; row++)
                _rows.Add(blocks[block].Block.Owners[row], block * TemplateBlock.MaxRows + row);
        }
    }

    public TemplateSet Current => _current;

    /// <summary>Adds templates, all in one step for readers.</summary>
    /// <param name="owners">Whose each template is, 0 or more.</param>
    /// <param name="vectors">Of length 1, one after the other.</param>
    public void Add(ReadOnlySpan<int> owners, ReadOnlySpan<float> vectors)
    {
        Check(owners.Length, vectors);
        lock (_writing)
            Publish(Added([.. _current.Blocks], owners, vectors));
    }

    /// <summary>Removes all templates of some owners. Unknown owners are passed over.</summary>
    /// <returns>How many templates left.</returns>
    public int Remove(ReadOnlySpan<int> owners)
    {
        lock (_writing)
        {
            var before = _current.Templates;
            Publish(Removed([.. _current.Blocks], owners));
            return before - _current.Templates;
        }
    }

    /// <summary>Removes all templates of some owners and adds others, in one step for readers.</summary>
    /// <param name="gone">Owners; who is among <paramref name="owners"/> as well is replaced.</param>
    /// <param name="owners">Whose each new template is.</param>
    /// <param name="vectors">Of length 1, one after the other.</param>
    public void Change(ReadOnlySpan<int> gone, ReadOnlySpan<int> owners, ReadOnlySpan<float> vectors)
    {
        Check(owners.Length, vectors);
        lock (_writing)
            Publish(Added(Removed([.. _current.Blocks], gone), owners, vectors));
    }

    /// <summary>Puts an owner's templates in place of those they had, in one step for readers.</summary>
    public void Replace(int owner, ReadOnlySpan<float> vectors)
    {
        var count = vectors.Length / _current.Dimension;
        Check(count, vectors);
        var owners = new int[count];
        owners.AsSpan().Fill(owner);
        Change([owner], owners, vectors);
    }

    private void Check(int count, ReadOnlySpan<float> vectors)
    {
        if (vectors.Length != (long)count * _current.Dimension)
            throw new ArgumentException($"{vectors.Length} values are not {count} templates of {_current.Dimension}.", nameof(vectors));
    }

    private void Publish(List<LiveBlock> blocks)
        => _current = new TemplateSet(_current.Dimension, _current.Storage, _current.Book, [.. blocks]);

    private List<LiveBlock> Added(List<LiveBlock> blocks, ReadOnlySpan<int> owners, ReadOnlySpan<float> vectors)
    {
        var dimension = _current.Dimension;
        for (var done = 0; done < owners.Length;)
        {
            MakeRoom(blocks, owners.Length - done);
            var tail = blocks[_tail];
            var fitting = Math.Min(owners.Length - done, tail.Block.Rows - tail.Count);
            tail.Block.Write(tail.Count, owners.Slice(done, fitting), vectors.Slice(done * dimension, fitting * dimension));
            for (var i = 0; i < fitting; i++, done++)
                _rows.Add(owners[done], _tail * TemplateBlock.MaxRows + tail.Count + i);

            blocks[_tail] = tail.Append(fitting);
        }

        return blocks;
    }

    /// <summary>Grows the block that is being filled twofold until it is full-sized, then starts another: where one is empty, or at the end.</summary>
    private void MakeRoom(List<LiveBlock> blocks, int wanted)
    {
        var tail = _tail != Full && !blocks[_tail].Block.IsSealed ? blocks[_tail] : null;
        if (tail is not null && tail.Count < tail.Block.Rows)
            return;
        if (tail is not null && tail.Block.Rows < TemplateBlock.MaxRows)
        {
            blocks[_tail] = Grown(blocks[_tail], wanted);
            return;
        }

        var fresh = LiveBlock.Empty(NewBlock(Math.Min(wanted, TemplateBlock.MaxRows)));
        _tail = blocks.FindIndex(block => block.Live == 0);
        if (_tail < 0)
        {
            _tail = blocks.Count;
            blocks.Add(fresh);
        }
        else
        {
            blocks[_tail] = fresh;
        }
    }

    /// <summary>Whether the owner of a block's last row goes on in another: nothing may come between (<see cref="OwnerScore"/>).</summary>
    private static bool Continues(LiveBlock[] blocks, LiveBlock last)
        => last.Count > 0 && Array.Exists(blocks, block => block != last && block.Count > 0 && block.Block.Owners[0] == last.Block.Owners[last.Count - 1]);

    private LiveBlock Grown(LiveBlock small, int wanted)
    {
        var large = NewBlock(Math.Min(TemplateBlock.MaxRows, Math.Max(2 * small.Count, small.Count + wanted)));
        for (var row = 0; row < small.Count; row++)
            large.Copy(small.Block, row, row);
        var alive = new ulong[large.Rows / CodeKernel.Group];
        small.Alive.CopyTo(alive, 0);
        return new LiveBlock(large, small.Count, alive, small.Live);
    }

    private TemplateBlock NewBlock(int rows) => new(_current.Dimension, rows, _current.Storage, _current.Book);

    private List<LiveBlock> Removed(List<LiveBlock> blocks, ReadOnlySpan<int> owners)
    {
        var gone = new SortedDictionary<int, ulong[]>();
        foreach (var owner in owners)
        {
            _leaving.Clear();
            _rows.Remove(owner, _leaving);
            foreach (var id in _leaving)
            {
                var (block, row) = (id / TemplateBlock.MaxRows, id % TemplateBlock.MaxRows);
                if (!gone.TryGetValue(block, out var mask))
                    gone.Add(block, mask = new ulong[blocks[block].Alive.Length]);
                mask[row / CodeKernel.Group] |= 1UL << (row % CodeKernel.Group);
            }
        }

        foreach (var (block, mask) in gone)
        {
            blocks[block] = blocks[block].Without(mask);
            if (IsDueForCompaction(blocks[block]) && !_due.Contains(block))
                _due.Enqueue(block);
        }

        Compact(blocks, RewrittenPerGone * gone.Values.Sum(mask => mask.Sum(BitOperations.PopCount)));
        return blocks;
    }

    private static bool IsDueForCompaction(LiveBlock block) => (block.Count - block.Live) * DeadShare > block.Count;

    /// <summary>The blocks that have waited longest, until so many rows are written; one at least.</summary>
    private void Compact(List<LiveBlock> blocks, int rows)
    {
        for (var written = 0; (written == 0 || written < rows) && _due.TryDequeue(out var block);)
        {
            // Meanwhile it may have been taken for new rows.
            if (!IsDueForCompaction(blocks[block]))
                continue;
            blocks[block] = Compact(block, blocks[block]);
            written += Math.Max(1, blocks[block].Count);
        }
    }

    private LiveBlock Compact(int number, LiveBlock old) => old.Compacted((from, to)
        => _rows.Move(old.Block.Owners[from], number * TemplateBlock.MaxRows + from, number * TemplateBlock.MaxRows + to));
}
