namespace EdgeFace.Messaging.Pictures;

/// <summary>A picture on its way out.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Jpeg">The file as it is.</param>
/// <param name="Qos">0 or 1.</param>
public sealed record PictureMessage(string Topic, byte[] Jpeg, int Qos)
{
    /// <summary>Largest picture, bytes.</summary>
    public const int MaxBytes = 1 << 20;
}

/// <summary>
/// Pictures that wait until there is nothing else to send. Bounded; the oldest are dropped first and counted, whoever looks on
/// wants the newest. Not kept over a restart.
/// </summary>
internal sealed class PictureQueue
{
    public const int Most = 8;
    public const long MostBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<PictureMessage> _waiting = new();
    private long _bytes;
    private long _dropped;

    public long Dropped => Interlocked.Read(ref _dropped);

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    public void Add(PictureMessage picture)
    {
        if (picture.Jpeg.Length > PictureMessage.MaxBytes)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        lock (_lock)
        {
            _waiting.Enqueue(picture);
            _bytes += picture.Jpeg.Length;
            while (_waiting.Count > Most || _bytes > MostBytes)
            {
                _bytes -= _waiting.Dequeue().Jpeg.Length;
                Interlocked.Increment(ref _dropped);
            }
        }
    }

    public bool TryTake(out PictureMessage picture)
    {
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out picture!))
                return false;
            _bytes -= picture.Jpeg.Length;
            return true;
        }
    }
}
