namespace EdgeFace.Agent.Pipeline;

/// <summary>A stage: a thread that takes items from its queue until the queue is completed and empty.</summary>
internal sealed class Stage<T>
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    /// <param name="name">Name of the thread.</param>
    /// <param name="input">Where items come from.</param>
    /// <param name="process">Works on one item, which becomes its own.</param>
    /// <param name="finish">Runs on the stage's thread after the last item, also after a failure: completes the next queue.</param>
    public Stage(string name, StageQueue<T> input, Action<T> process, Action finish)
    {
        _thread = new Thread(() => Run(input, process, finish)) { Name = name, IsBackground = true };
    }

    /// <summary>Ends with the stage; faulted when processing failed.</summary>
    public Task Finished => _finished.Task;

    public void Start() => _thread.Start();

    private void Run(StageQueue<T> input, Action<T> process, Action finish)
    {
        Exception? failure = null;
        try
        {
            while (input.Take(out var item))
                process(item);
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

        if (failure is null)
            _finished.SetResult();
        else
            _finished.SetException(failure);
    }
}
