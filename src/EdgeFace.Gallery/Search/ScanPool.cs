namespace EdgeFace.Gallery;

/// <summary>
/// Long-lived threads that scan blocks together with the caller. Blocks are taken one by one, so a core that others use as
/// well gets fewer; the caller never waits for a thread that has not woken up yet. One query at a time uses the threads;
/// another one that comes meanwhile scans alone rather than wait.
/// </summary>
internal sealed class ScanPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim[] _starts;
    private ScanJob? _job;
    private int _inside;
    private volatile bool _disposed;

    /// <param name="threads">With the caller's; at least 1.</param>
    public ScanPool(int threads)
    {
        Threads = Math.Max(1, threads);
        _starts = new SemaphoreSlim[Threads - 1];
        for (var i = 0; i < _starts.Length; i++)
        {
            var (worker, start) = (i + 1, _starts[i] = new SemaphoreSlim(0));
            new Thread(() => Work(start, worker)) { IsBackground = true, Name = $"search-{worker}" }.Start();
        }
    }

    /// <summary>One for the process, of all cores.</summary>
    public static ScanPool Shared { get; } = new(Environment.ProcessorCount);

    public int Threads { get; }

    /// <summary>Runs every chunk of the job, each once.</summary>
    public void Run(ScanJob job, int chunks)
    {
        job.Begin(chunks);
        if (chunks < 2 || _starts.Length == 0 || !_lock.TryEnter())
        {
            job.Drain(worker: 0);
            return;
        }

        try
        {
            Volatile.Write(ref _job, job);
            foreach (var start in _starts)
            {
                // More than one wake-up outstanding tells a sleeper nothing new.
                if (start.CurrentCount == 0)
                    start.Release();
            }

            job.Drain(worker: 0);
        }
        finally
        {
            // Whoever comes in after this exchange finds no job; whoever came in before is counted.
            Interlocked.Exchange(ref _job, null);
            for (var wait = new SpinWait(); Volatile.Read(ref _inside) != 0;)
                wait.SpinOnce(sleep1Threshold: -1);
            _lock.Exit();
        }

        job.Rethrow();
    }

    /// <summary>Lets the threads go; no search may be under way or come.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var start in _starts)
            start.Release();
    }

    private void Work(SemaphoreSlim start, int worker)
    {
        while (true)
        {
            start.Wait();
            if (_disposed)
                return;
            Interlocked.Increment(ref _inside);
            Volatile.Read(ref _job)?.Drain(worker);
            Interlocked.Decrement(ref _inside);
        }
    }
}

/// <summary>Work in chunks for a <see cref="ScanPool"/>; kept and used again, so that a query makes no garbage.</summary>
internal abstract class ScanJob
{
    private int _chunks;
    private int _next;
    private Exception? _failure;

    public void Begin(int chunks)
    {
        _failure = null;
        _chunks = chunks;
        Volatile.Write(ref _next, 0);
    }

    public void Drain(int worker)
    {
        try
        {
            while (Volatile.Read(ref _next) < _chunks && Interlocked.Increment(ref _next) - 1 is var chunk && chunk < _chunks)
                Run(chunk, worker);
        }
        catch (Exception failure) when (worker > 0)
        {
            _failure = failure;
        }
    }

    public void Rethrow()
    {
        if (_failure is { } failure)
            throw new InvalidOperationException("A search thread failed.", failure);
    }

    protected abstract void Run(int chunk, int worker);
}
