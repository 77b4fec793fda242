namespace EdgeFace.Messaging;

/// <summary>A row that the broker acknowledged, with the clock's timestamp of when it did.</summary>
internal readonly record struct HeldRow(long Sequence, long Bytes, long At);

/// <summary>
/// Rows that the broker acknowledged and that are not forgotten yet, in the order of acknowledgement. In memory only: after a
/// start all of them would be offered again anyway. The writer changes it; what a transaction takes or removes is gone with its commit.
/// </summary>
internal sealed class HeldRows
{
    private const int CompactAt = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _held = [];
    private readonly HashSet<long> _removed = [];
    private readonly List<HeldRow> _rows = [];
    private int _first;
    private int _committed;

    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    /// <summary>From any thread.</summary>
    public bool Contains(long sequence)
    {
        lock (_lock)
            return _held.Contains(sequence);
    }

    public void Add(HeldRow row)
    {
        lock (_lock)
        {
            if (_held.Add(row.Sequence))
                _rows.Add(row);
        }
    }

    /// <summary>All are pending again. Not within a transaction.</summary>
    public void Clear()
    {
        lock (_lock)
            _held.Clear();
        _rows.Clear();
        _first = _committed = 0;
    }

    /// <summary>The one that was acknowledged first.</summary>
    public bool TryPeek(out HeldRow row)
    {
        for (; _first < _rows.Count; _first++)
        {
            row = _rows[_first];
            if (!_removed.Contains(row.Sequence) && Contains(row.Sequence))
                return true;
        }

        row = default;
        return false;
    }

    /// <summary>The transaction deletes what <see cref="TryPeek"/> gave.</summary>
    public void Take() => _removed.Add(_rows[_first++].Sequence);

    /// <summary>The transaction deletes a row; true when it is one of these.</summary>
    public bool Remove(long sequence) => Contains(sequence) && _removed.Add(sequence);

    public void Commit()
    {
        lock (_lock)
            _held.ExceptWith(_removed);
        _removed.Clear();
        if (_first > CompactAt && _first > _rows.Count / 2)
        {
            _rows.RemoveRange(0, _first);
            _first = 0;
        }

        _committed = _first;
    }

    public void Rollback()
    {
        _removed.Clear();
        _first = _committed;
    }
}
