namespace EdgeFace.Agent.Pipeline;

/// <summary>A stage: a thread that takes items from its queue until the queue is completed and empty.</summary>
internal sealed class Stage<T> : IStageProgress
{
    private const long Idle = -1;

    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private long _since = Idle;

    /// <param name="name">Name of the thread.</param>
    /// <param name="input">Where items come from.</param>
    /// <param name="process">Works on one item, which becomes its own.</param>
    /// <param name="finish">Runs on the stage's thread after the last item, also after a failure: completes the next queue.</param>
    /// <param name="time">Tells how long an item takes.</param>
    public Stage(string name, StageQueue<T> input, Action<T> process, Action finish, TimeProvider time)
    {
        Name = name;
        _time = time;
        _thread = new Thread(() => Run(input, process, finish)) { Name = name, IsBackground = true };
    }

    public string Name { get; }

    public TimeSpan Busy => Volatile.Read(ref _since) is var since and not Idle ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Ends with the stage; faulted when processing failed.</summary>
    public Task Finished => _finished.Task;

    public void Start() => _thread.Start();

    private void Run(StageQueue<T> input, Action<T> process, Action finish)
    {
        Exception? failure = null;
        try
        {
            while (input.Take(out var item))
            {
                Volatile.Write(ref _since, _time.GetTimestamp());
                process(item);
                Volatile.Write(ref _since, Idle);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            // Whoever writes to this stage must not wait for it for ever.
            input.Complete();
        }

        try
        {
            finish();
        }
        catch (Exception exception)
        {
            failure ??= exception;
        }

        Volatile.Write(ref _since, Idle);
        if (failure is null)
            _finished.SetResult();
        else
            _finished.SetException(failure);
    }
}
