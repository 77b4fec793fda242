using EdgeFace.Core;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Agent.Pipeline;

/// <summary>
/// Reads a source on a thread of its own. A source that breaks is opened anew, with a growing pause; one that ends
/// completes the pipeline. Every break is told to the next stages, so that no visit outlives its camera.
/// </summary>
internal sealed class CaptureStage : IDisposable, IStageProgress
{
    private const long Idle = -1;

    /// <summary>A source that gave frames for so long was in order: the next break is a new one, with short pauses again.</summary>
    public static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private readonly string _camera;
    private readonly Func<IFrameSource> _open;
    private readonly StageQueue<CapturedFrame> _output;
    private readonly Backoff _backoff;
    private readonly TimeSpan _longestRead;
    private readonly StageMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private IFrameSource? _source;
    private long _reading = Idle;
    private long _started;
    private long _runningSince;
    private TimeSpan _mediaBase;
    private TimeSpan _mediaTime;

    public CaptureStage(
        string camera, Func<IFrameSource> open, StageQueue<CapturedFrame> output, Backoff backoff, TimeSpan longestRead, StageMeter meter,
        TimeProvider time, ILogger logger)
    {
        _camera = camera;
        _open = open;
        _output = output;
        _backoff = backoff;
        _longestRead = longestRead;
        _meter = meter;
        _time = time;
        _logger = logger;
    }

    public string Name => $"capture {_camera}";

    /// <summary>Beyond the time that a read may take: waiting for a frame is this stage's work.</summary>
    public TimeSpan Busy
    {
        get
        {
            if (Volatile.Read(ref _reading) is var since && since == Idle)
                return TimeSpan.Zero;
            var over = _time.GetElapsedTime(since) - _longestRead;
            return over > TimeSpan.Zero ? over : TimeSpan.Zero;
        }
    }

    /// <summary>Ends when the source has ended or was stopped; faulted when capturing failed for a reason of our own.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Frames read.</summary>
    public long Frames { get; private set; }

    /// <summary>Whether frames are coming in now.</summary>
    public bool IsRunning { get; private set; }

    public void Start() => new Thread(Run) { Name = Name, IsBackground = true }.Start();

    /// <summary>To be called when <see cref="Finished"/> has ended.</summary>
    public void Dispose() => _stopping.Dispose();

    public void Stop()
    {
        lock (_lock)
        {
            _stopping.Cancel();
            _source?.Stop();
        }
    }

    private void Run()
    {
        try
        {
            _started = _time.GetTimestamp();
            while (!_stopping.IsCancellationRequested && !ReadToBreak())
                _stopping.Token.WaitHandle.WaitOne(_backoff.Next());
            _output.Complete();
            _finished.SetResult();
        }
        catch (Exception exception)
        {
            _output.Complete();
            _finished.SetException(exception);
        }
    }

    /// <summary>Reads until the source ends (true) or breaks (false).</summary>
    private bool ReadToBreak()
    {
        IFrameSource? source = null;
        try
        {
            source = Open();
            if (source is null)
                return true;
            while (ReadOne(source))
            {
            }

            Log.SourceEnded(_logger, _camera, Frames);
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception exception) when (IsOfSource(exception) && _stopping.IsCancellationRequested)
        {
            // Whatever a source says while it is being stopped is no fault of the camera's.
            return true;
        }
        catch (Exception exception) when (IsOfSource(exception))
        {
            ReportBreak(exception.Message);
            return false;
        }
        finally
        {
            if (IsRunning)
            {
                IsRunning = false;
                _output.Add(default);
                // Source time goes on over a break; a film's own clock starts at nought again.
                _mediaBase = TimeSpan.FromTicks(Math.Max(_mediaTime.Ticks + TimeSpan.TicksPerMillisecond, _time.GetElapsedTime(_started).Ticks));
            }

            Volatile.Write(ref _reading, Idle);
            // Before it is disposed of: a stop from another thread must not reach it after that.
            lock (_lock)
                _source = null;
            source?.Dispose();
        }
    }

    /// <summary>A disk or a descriptor that fails under the source is its break too: the other cameras go on.</summary>
    private static bool IsOfSource(Exception exception) => exception is FrameSourceException or IOException or UnauthorizedAccessException;

    /// <summary>Said aloud once until frames come again; one that breaks off soon every time is tried with ever longer pauses.</summary>
    private void ReportBreak(string reason)
    {
        if (IsRunning && _time.GetElapsedTime(_runningSince) >= Stable)
            _backoff.Reset();
        if (IsRunning || _backoff.IsFirst)
            Log.SourceBroke(_logger, _camera, reason);
        else
            Log.SourceStillBroken(_logger, _camera, reason, _backoff.Failures);
    }

    private IFrameSource? Open()
    {
        var source = _open();
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                source.Dispose();
                return null;
            }

            _source = source;
            return source;
        }
    }

    private bool ReadOne(IFrameSource source)
    {
        var sample = _meter.Start();
        Volatile.Write(ref _reading, _time.GetTimestamp());
        var frame = source.Read();
        Volatile.Write(ref _reading, Idle);
        if (frame is null)
            return false;
        sample.Dispose();
        if (!IsRunning)
        {
            IsRunning = true;
            _runningSince = _time.GetTimestamp();
            Log.SourceRunning(_logger, _camera, source.Description, frame.Width, frame.Height);
        }

        Frames++;
        frame.MediaTime += _mediaBase;
        _mediaTime = frame.MediaTime;
        if (!_output.Add(new CapturedFrame(frame)))
        {
            frame.Release();
            return false;
        }

        return true;
    }
}
