using System.Globalization;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Devices.Native;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Devices;

/// <summary>
/// Frames from a file, a network camera or a V4L2 device, decoded by a child ffmpeg and read from a pipe straight into the
/// pinned buffers of a pool: <see cref="PixelFormat.I420"/>, BT.601 limited range, whatever the source has.
/// </summary>
/// <remarks>
/// <para>The child starts at the first <see cref="Read"/>; it does not outlive this program, not even when that is killed.</para>
/// <para>Passwords: the address of a network camera is given to the child through a pipe, so it shows neither in the process
/// list nor in /proc/PID/cmdline; descriptions, logs and exceptions hold it without user, password and query. What remains:
/// the memory of both processes, readable by root and the same user, and the network itself unless rtsps or https is used.</para>
/// <para>When pictures change their size midway: a live source ends with a <see cref="FrameSourceException"/> that says so, and
/// the caller opens it anew; a few frames before may have been scaled to the first size. A file goes on with all
/// frames scaled to its first size, because opening it anew would begin at its start; one frame is lost at the change.</para>
/// <para>A caller that reads slower than a live source sends gets frames ever later; it should read on and drop.</para>
/// </remarks>
public sealed class FfmpegSource : IFrameSource
{
    /// <summary>Log category of the lines that ffmpeg itself writes, at Debug.</summary>
    public const string FfmpegCategory = "ffmpeg";

    private const int MaxPipeBytes = 1 << 20;
    private const int DefaultRate = 25;

    private readonly FfmpegSourceOptions _options;
    private readonly CaptureInput _input;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ILogger _childLog;
    private readonly Lock _reading = new();
    private readonly byte[] _marker = GC.AllocateArray<byte>(Y4mHeader.MaxLength, pinned: true);
    private FfmpegProcess? _child;
    private FramePool? _pool;
    private string? _failure;
    private long _sequence;
    private long _firstTimestamp;
    private bool _ended;
    private bool _disposed;
    private volatile bool _stopped;

    /// <exception cref="InputException">The options are not valid; the message names all that is wrong.</exception>
    public FfmpegSource(FfmpegSourceOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        if (options.Validate() is { Count: > 0 } errors)
            throw new InputException("camera: " + string.Join(" ", errors));
        _ = CaptureInput.TryParse(options.Input, out var input, out _);
        _options = options;
        _input = input!;
        _time = time;
        _log = loggers.CreateLogger<FfmpegSource>();
        _childLog = loggers.CreateLogger(FfmpegCategory);
    }

    public string Description => _input.Description;

    /// <summary>Size of the frames in pixels; 0 before the first.</summary>
    public int Width { get; private set; }

    /// <inheritdoc cref="Width"/>
    public int Height { get; private set; }

    /// <summary>The stream's own statement of its rate, 0 when unknown or before the first frame. Live sources often lie.</summary>
    public double FramesPerSecond { get; private set; }

    /// <summary>Of the running child, for tests and diagnosis; null when there is none.</summary>
    internal int? ChildId => _child?.Id;

    /// <inheritdoc/>
    public Frame? Read()
    {
        lock (_reading)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ThrowIfStopped();
            if (_failure is not null)
                throw new FrameSourceException(_failure);
            if (_ended)
                return null;
            if (_child is null)
                Open();
            return ReadFrame(_sequence == 0 ? _options.StartTimeoutMs : _options.StallTimeoutMs);
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _stopped = true;
        Volatile.Read(ref _child)?.Pictures.Wake();
    }

    public void Dispose()
    {
        Stop();
        lock (_reading)
        {
            _disposed = true;
            Close();
        }
    }

    private void Open()
    {
        Volatile.Write(ref _child, FfmpegProcess.Start(_options, _input, _time, _childLog));
        // A Stop that came before the child was visible woke nothing.
        ThrowIfStopped();
        var header = ReadHeader();
        (Width, Height, FramesPerSecond) = header;
        _pool = new FramePool(Width, Height, PixelFormat.I420);
        _child!.Pictures.ResizePipe(Math.Min(MaxPipeBytes, Frame.SizeOf(Width, Height, PixelFormat.I420)));
        Log.Opened(_log, Description, Width, Height, FramesPerSecond);
    }

    private Y4mHeader ReadHeader()
    {
        for (var length = 0; length < Y4mHeader.MaxLength; length++)
        {
            Receive(_marker.AsSpan(length, 1), _options.StartTimeoutMs, betweenFrames: true);
            if (_marker[length] != '\n')
                continue;
            if (Y4mHeader.TryParse(_marker.AsSpan(0, length), out var header))
                return header;
            break;
        }

        throw Broken($"{Description}: ffmpeg's output begins with something else than a YUV4MPEG2 header of 4:2:0 pictures up to "
            + $"{FfmpegSourceOptions.MaxSide} pixels; set Width and Height, and check FfmpegPath");
    }

    private Frame? ReadFrame(int timeoutMs)
    {
        var marker = _marker.AsSpan(0, Y4mHeader.FrameMarker.Length);
        Receive(marker, timeoutMs, betweenFrames: true);
        if (_ended)
            return null;
        if (!marker.SequenceEqual(Y4mHeader.FrameMarker))
            throw Broken($"{Description}: ffmpeg's output is out of step at frame {_sequence}; open it anew");
        ThrowIfSizeChanged();
        var frame = _pool!.Rent();
        try
        {
            Receive(frame.Pixels, timeoutMs, betweenFrames: false);
        }
        catch
        {
            frame.Release();
            throw;
        }

        Stamp(frame);
        return frame;
    }

    private void Stamp(Frame frame)
    {
        frame.Timestamp = _time.GetTimestamp();
        frame.CapturedAt = _time.GetUtcNow();
        if (_sequence == 0)
            _firstTimestamp = frame.Timestamp;
        var rate = FramesPerSecond > 0 ? FramesPerSecond : DefaultRate;
        frame.MediaTime = _input.IsLive
            ? _time.GetElapsedTime(_firstTimestamp, frame.Timestamp)
            : TimeSpan.FromTicks((long)Math.Round(_sequence * (TimeSpan.TicksPerSecond / rate)));
        frame.Sequence = _sequence++;
    }

    /// <summary>Fills the target, or sets <see cref="_ended"/> at the orderly end of a file, or throws.</summary>
    private void Receive(Span<byte> target, int timeoutMs, bool betweenFrames)
    {
        switch (_child!.Pictures.ReadExactly(target, timeoutMs, out var got))
        {
            case ReadResult.Done:
                return;
            case ReadResult.Woken:
                throw Stopped();
            case ReadResult.TimedOut:
                throw Stalled(timeoutMs);
            default:
                EndOfOutput(betweenFrames && got == 0);
                return;
        }
    }

    private void EndOfOutput(bool betweenFrames)
    {
        var exitCode = _child!.WaitForEnd();
        if (_stopped)
            throw Stopped();
        var lines = _child.Messages.Last;
        if (exitCode != 0 || !betweenFrames)
            throw Broken(FfmpegDiagnosis.Explain(_input, lines, exitCode));
        if (_input.IsLive)
        {
            throw Broken(_sequence == 0
                ? FfmpegDiagnosis.Explain(_input, lines, exitCode)
                : $"{Description}: the stream ended after {_sequence} frames; open it anew{FfmpegDiagnosis.Because(lines)}");
        }

        if (_sequence == 0)
            throw Broken($"{Description}: it holds no pictures; use a video{FfmpegDiagnosis.Because(lines)}");
        _ended = true;
        Log.Ended(_log, Description, _sequence);
        Close();
    }

    private void ThrowIfSizeChanged()
    {
        if (!_input.IsLive || _child!.Messages.ChangedSize is not { } size)
            return;
        throw Broken($"{Description}: the pictures changed their size to {size} after {_sequence} frames; open it anew");
    }

    private FrameSourceException Stalled(int timeoutMs)
    {
        var lines = _child!.Messages.Last;
        var seconds = (timeoutMs / 1000.0).ToString("0.#", CultureInfo.InvariantCulture);
        var problem = _sequence == 0
            ? "it does not answer, or sends no key frame; check that it is on and reachable"
            : $"it stopped sending after {_sequence} frames; check its network and power";
        // A stalled child may hang in the network or a driver: no polite request.
        _child.Kill();
        return Broken($"no frame from {Description} for {seconds} s: {problem}{FfmpegDiagnosis.Because(lines)}");
    }

    private FrameSourceException Broken(string message)
    {
        _failure = message;
        Close();
        return new FrameSourceException(message);
    }

    private OperationCanceledException Stopped()
    {
        Close();
        return new OperationCanceledException($"{Description} was stopped.");
    }

    private void ThrowIfStopped()
    {
        if (_stopped)
            throw Stopped();
    }

    private void Close()
    {
        var child = Interlocked.Exchange(ref _child, null);
        child?.Dispose();
    }
}
