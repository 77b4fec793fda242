using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace EdgeFace.Server.Storage;

/// <summary>The groups' revisions as this instance knows them, and who waits for them to move.</summary>
internal sealed class RevisionBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _waiters = new(StringComparer.Ordinal);
    private readonly List<Watcher> _watchers = [];

    public bool TryGet(string group, out long revision)
    {
        lock (_lock)
            return _known.TryGetValue(group, out revision);
    }

    /// <summary>Takes note of a revision; an older one than is known changes nothing.</summary>
    public void Move(RevisionMoved move)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            if (_known.TryGetValue(move.Group, out var known) && known >= move.Revision)
                return;
            _known[move.Group] = move.Revision;
            _waiters.Remove(move.Group, out waiting);
            foreach (var watcher in _watchers)
                watcher.Note(move);
        }

        waiting?.SetResult();
    }

    public void Forget(string group)
    {
        lock (_lock)
            _known.Remove(group);
    }

    public async Task<long> WaitAsync(string group, long after, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_known.TryGetValue(group, out var known) && known > after)
                    return known;
                if (!_waiters.TryGetValue(group, out var waiting))
                    _waiters.Add(group, waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                next = waiting.Task;
            }

            await next.WaitAsync(cancellation);
        }
    }

    public async IAsyncEnumerable<RevisionMoved> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var watcher = new Watcher();
        lock (_lock)
            _watchers.Add(watcher);
        try
        {
            while (await watcher.Signal.Reader.WaitToReadAsync(cancellation))
            {
                watcher.Signal.Reader.TryRead(out _);
                RevisionMoved[] moves;
                lock (_lock)
                    moves = watcher.Take();
                foreach (var move in moves)
                    yield return move;
            }
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(watcher);
        }
    }

    /// <summary>Bounded by the number of groups: of several moves of one only the last is kept.</summary>
    private sealed class Watcher
    {
        private readonly Dictionary<string, long> _pending = new(StringComparer.Ordinal);

        public Channel<bool> Signal { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public void Note(RevisionMoved move)
        {
            _pending[move.Group] = move.Revision;
            Signal.Writer.TryWrite(true);
        }

        public RevisionMoved[] Take()
        {
            RevisionMoved[] moves = [.. _pending.Select(pair => new RevisionMoved(pair.Key, pair.Value))];
            _pending.Clear();
            return moves;
        }
    }
}
