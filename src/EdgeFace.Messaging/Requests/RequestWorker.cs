using System.Collections.Concurrent;

namespace EdgeFace.Messaging.Requests;

/// <summary>A thread for requests that take their time, with a short queue: whoever comes when it is full is told so.</summary>
internal sealed class RequestWorker : IDisposable
{
    /// <summary>Requests that wait beside the one under way.</summary>
    public const int MostWaiting = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<Action> _waiting = new(MostWaiting);
    private readonly Lock _lock = new();
    private Thread? _thread;

    public bool TryAdd(Action work)
    {
        lock (_lock)
        {
            if (_waiting.IsAddingCompleted || !_waiting.TryAdd(work))
                return false;
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "requests" };
                _thread.Start();
            }

            return true;
        }
    }

    /// <summary>What waits is left undone; what is under way has ended afterwards.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _waiting.CompleteAdding();
            while (_waiting.TryTake(out _))
            {
            }
        }

        if (_thread?.Join(Patience) != false)
            _waiting.Dispose();
    }

    private void Run()
    {
        foreach (var work in _waiting.GetConsumingEnumerable())
            work();
    }
}
