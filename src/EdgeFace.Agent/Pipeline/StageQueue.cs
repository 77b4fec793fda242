namespace EdgeFace.Agent.Pipeline;

/// <summary>What a full queue does with another item.</summary>
internal enum FullQueue
{
    /// <summary>The oldest item that may be dropped makes room; the writer never waits.</summary>
    DropOldest,

    /// <summary>The writer waits: nothing is lost, and a slow stage slows the ones before it.</summary>
    Wait,
}

/// <summary>
/// The bounded queue between two stages, one writer and one reader, both threads of their own. A ring under a monitor
/// and not System.Threading.Channels: a blocked synchronous reader or writer of a channel allocates a task each time,
/// and the stages before the embedder must run without garbage.
/// </summary>
/// <param name="capacity">At least 1.</param>
/// <param name="whenFull">What a full queue does.</param>
/// <param name="droppable">Which items may be dropped; all when null. Without any such item the writer waits.</param>
/// <param name="dropped">Called on the writer's thread, outside the lock, with each item dropped.</param>
internal sealed class StageQueue<T>(int capacity, FullQueue whenFull, Predicate<T>? droppable = null, Action<T>? dropped = null)
{
    private readonly object _monitor = new();
    private readonly T[] _ring = new T[capacity];
    private int _head;
    private int _count;
    private bool _completed;

    /// <summary>Items waiting.</summary>
    public int Count
    {
        get
        {
            lock (_monitor)
                return _count;
        }
    }

    /// <summary>Adds an item; false when the queue has been completed (the item then stays the caller's).</summary>
    public bool Add(T item)
    {
        var hasVictim = false;
        var victim = default(T);
        lock (_monitor)
        {
            while (_count == capacity && !_completed)
            {
                if (whenFull == FullQueue.DropOldest && TryRemoveOldest(out victim))
                    hasVictim = true;
                else
                    Monitor.Wait(_monitor);
            }

            if (_completed)
                return false;
            _ring[(_head + _count) % capacity] = item;
            _count++;
            Monitor.PulseAll(_monitor);
        }

        if (hasVictim)
            dropped?.Invoke(victim!);
        return true;
    }

    /// <summary>Waits for the next item; false once the queue is completed and empty.</summary>
    public bool Take(out T item)
    {
        lock (_monitor)
        {
            while (_count == 0)
            {
                if (_completed)
                {
                    item = default!;
                    return false;
                }

                Monitor.Wait(_monitor);
            }

            item = _ring[_head];
            _ring[_head] = default!;
            _head = (_head + 1) % capacity;
            _count--;
            Monitor.PulseAll(_monitor);
            return true;
        }
    }

    /// <summary>No more items; what waits is still taken.</summary>
    public void Complete()
    {
        lock (_monitor)
        {
            _completed = true;
            Monitor.PulseAll(_monitor);
        }
    }

    private bool TryRemoveOldest(out T? item)
    {
        for (var i = 0; i < _count; i++)
        {
            var candidate = _ring[(_head + i) % capacity];
            if (droppable is not null && !droppable(candidate))
                continue;

            // Close the gap from the front, so that the order of the others stays.
            for (var j = i; j > 0; j--)
                _ring[(_head + j) % capacity] = _ring[(_head + j - 1) % capacity];
            _ring[_head] = default!;
            _head = (_head + 1) % capacity;
            _count--;
            item = candidate;
            return true;
        }

        item = default;
        return false;
    }
}
