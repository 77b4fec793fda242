namespace EdgeFace.Core.Imaging;

/// <summary>
/// One picture of a source, in a pinned buffer that goes back to its <see cref="FramePool"/> when the last holder
/// releases it. A frame starts with one reference; a stage that keeps it beyond its own step calls <see cref="Retain"/>.
/// </summary>
public sealed class Frame
{
    private readonly FramePool? _pool;
    private int _references = 1;

    /// <summary>Makes a frame of its own, outside any pool.</summary>
    public Frame(int width, int height, PixelFormat format)
        : this(width, height, format, pool: null)
    {
    }

    internal Frame(int width, int height, PixelFormat format, FramePool? pool)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Width = width;
        Height = height;
        Format = format;
        Pixels = GC.AllocateUninitializedArray<byte>(SizeOf(width, height, format), pinned: true);
        _pool = pool;
    }

    /// <summary>Width in pixels, at least 1.</summary>
    public int Width { get; }

    /// <summary>Height in pixels, at least 1.</summary>
    public int Height { get; }

    public PixelFormat Format { get; }

    /// <summary>The pixels, exactly <see cref="SizeOf"/> bytes, pinned: native code may read them while the frame is held.</summary>
    public byte[] Pixels { get; }

    /// <summary>Position in the source, counted from 0; frames dropped on the way leave gaps.</summary>
    public long Sequence { get; set; }

    /// <summary>When the frame was read from the source, as a timestamp of the <see cref="TimeProvider"/> in use (monotonic).</summary>
    public long Timestamp { get; set; }

    /// <summary>When the frame was read from the source, wall clock.</summary>
    public DateTimeOffset CapturedAt { get; set; }

    /// <summary>
    /// Time since the start of the source: of the wall for live sources, of the film for files. Everything that decides
    /// (tracks, visits) counts in this time, so that a file read as fast as possible decides as it would have live.
    /// </summary>
    public TimeSpan MediaTime { get; set; }

    /// <summary>Bytes of a picture of this size.</summary>
    public static int SizeOf(int width, int height, PixelFormat format) => format switch
    {
        PixelFormat.Bgr24 => checked(width * height * 3),
        PixelFormat.I420 => checked(width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2)),
        PixelFormat.Gray8 => checked(width * height),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Adds a holder.</summary>
    public Frame Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
            throw new ObjectDisposedException(nameof(Frame), "The frame has gone back to its pool already.");
        return this;
    }

    /// <summary>Ends one hold; the last one gives the buffer back to its pool.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
            _pool?.Return(this);
        else if (left < 0)
            throw new ObjectDisposedException(nameof(Frame), "The frame was released more often than it was held.");
    }

    internal void Revive() => Volatile.Write(ref _references, 1);
}
