using System.Threading.Channels;

namespace EdgeFace.Server.Hosting;

/// <summary>
/// Small things that many requests want to write share commits: a commit each would be all that the disk does. Who adds one is
/// answered when it is durable.
/// </summary>
internal abstract class SharedCommit<T> : BackgroundService
{
    private const int MostWaiting = 16_384;
    private const int MostInCommit = 512;

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait });

    public async Task AddAsync(T item, CancellationToken cancellation)
    {
        var waiting = new Waiting(item);
        await _queue.Writer.WriteAsync(waiting, cancellation);
        await waiting.Task.WaitAsync(cancellation);
    }

    /// <summary>Writes them in one transaction.</summary>
    protected abstract Task WriteAsync(IReadOnlyList<T> items, CancellationToken cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>(MostInCommit);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < MostInCommit && _queue.Reader.TryRead(out var waiting))
                batch.Add(waiting);
            await WriteAsync(batch, stoppingToken);
        }
    }

    private async Task WriteAsync(List<Waiting> batch, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(batch.ConvertAll(waiting => waiting.Item), cancellation);
            foreach (var waiting in batch)
                waiting.SetResult();
        }
#pragma warning disable CA1031 // It is each request's own failure, and answered there.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (var waiting in batch)
                waiting.SetException(exception);
        }
    }

    private sealed class Waiting(T item) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public T Item => item;
    }
}
