namespace EdgeFace.Core.Imaging;

/// <summary>
/// Buffers of one size and format, made when first needed and reused from then on: a running pipeline allocates none.
/// Safe to use from several threads.
/// </summary>
public sealed class FramePool
{
    // A locked stack, not a ConcurrentBag: that one allocates a list for every thread that it meets.
    private readonly Lock _lock = new();
    private readonly Stack<Frame> _free = [];
    private int _created;

    public FramePool(int width, int height, PixelFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Width = width;
        Height = height;
        Format = format;
    }

    public int Width { get; }

    public int Height { get; }

    public PixelFormat Format { get; }

    /// <summary>How many buffers exist; bounded by what the stages can hold at once.</summary>
    public int Created => Volatile.Read(ref _created);

    /// <summary>A frame with undefined pixels and one reference.</summary>
    public Frame Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out var frame))
            {
                frame.Revive();
                return frame;
            }

            _created++;
            return new Frame(Width, Height, Format, this);
        }
    }

    /// <summary>Makes buffers ahead of time, so that none is made later: when all of them exist, a rent allocates nothing.</summary>
    public void Reserve(int count)
    {
        lock (_lock)
        {
            for (; _created < count; _created++)
            {
                var frame = new Frame(Width, Height, Format, this);
                _free.Push(frame);
            }
        }
    }

    internal void Return(Frame frame)
    {
        lock (_lock)
            _free.Push(frame);
    }
}
