using EdgeFace.Agent.Pipeline;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Agent.Tests.Pipeline;

public sealed class CaptureStageTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ListLoggerFactory _loggers = new();
    private readonly StageQueue<CapturedFrame> _queue = new(1000, FullQueue.Wait);
    private readonly List<FakeSource> _opened = [];

    public void Dispose() => _loggers.Dispose();

    [Fact]
    public async Task A_source_that_ends_completes_the_pipeline()
    {
        using var capture = Make(() => new FakeSource(3));
        capture.Start();
        await capture.Finished.WaitAsync(Patience);
        Assert.Equal(3, capture.Frames);
        Assert.Equal([0, 40, 80], Drain().Where(item => item.Frame is not null).Select(item => item.Frame!.MediaTime.TotalMilliseconds));
        Assert.True(Assert.Single(_opened).Disposed);
    }

    [Fact]
    public async Task A_source_that_breaks_is_opened_anew_and_source_time_never_goes_back()
    {
        using var capture = Make(() => _opened.Count switch
        {
            0 => new FakeSource(3, new FrameSourceException("it broke.")),
            1 or 2 => throw new FrameSourceException("not there."),
            _ => new FakeSource(2),
        });
        capture.Start();
        await capture.Finished.WaitAsync(Patience);
        var items = Drain();
        Assert.Equal(5, items.Count(item => item.Frame is not null));
        // The break is told, so that no visit outlives it; the end as well.
        Assert.Null(items[3].Frame);
        var times = items.Where(item => item.Frame is not null).Select(item => item.Frame!.MediaTime).ToList();
        Assert.Equal(times.Order().Distinct(), times);
        Assert.All(_opened, source => Assert.True(source.Disposed));
        Assert.Single(_loggers.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Stopping_ends_a_blocked_read_without_a_word_about_a_fault()
    {
        using var capture = Make(() => new FakeSource(1, blockAfter: true));
        capture.Start();
        Assert.True(_queue.Take(out _));
        capture.Stop();
        await capture.Finished.WaitAsync(Patience);
        Assert.DoesNotContain(_loggers.Lines, line => line.Level >= LogLevel.Warning);
        Assert.True(Assert.Single(_opened).Disposed);
    }

    [Fact]
    public async Task Stopping_ends_the_pause_before_another_attempt()
    {
        using var capture = Make(() => throw new FrameSourceException("not there."), pause: TimeSpan.FromMinutes(10));
        capture.Start();
        Assert.True(SpinWait.SpinUntil(() => _loggers.Lines.Count > 0, Patience));
        capture.Stop();
        await capture.Finished.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_failure_of_our_own_ends_the_pipeline_and_is_told()
    {
        using var capture = Make(() => new FakeSource(1, new InvalidOperationException("a mistake")));
        capture.Start();
        Assert.Equal("a mistake", (await Assert.ThrowsAsync<InvalidOperationException>(() => capture.Finished.WaitAsync(Patience))).Message);
        Assert.True(Assert.Single(_opened).Disposed);
        Drain();
    }

    private CaptureStage Make(Func<FakeSource> open, TimeSpan? pause = null)
    {
        var first = pause ?? TimeSpan.FromMilliseconds(5);
        return new CaptureStage("door", () =>
        {
            try
            {
                var source = open();
                _opened.Add(source);
                return source;
            }
            catch (FrameSourceException)
            {
                if (_opened.Count is > 0 and < 3)
                    _opened.Add(new FakeSource(0) { Disposed = true });
                throw;
            }
        }, _queue, new Backoff(first, first * 4), TimeSpan.FromSeconds(1), new StageMeter("capture", TimeProvider.System), TimeProvider.System, _loggers.CreateLogger("test"));
    }

    private List<CapturedFrame> Drain()
    {
        var items = new List<CapturedFrame>();
        while (_queue.Take(out var item))
            items.Add(item);
        return items;
    }

    /// <summary>Some frames at 25 a second, then the end, a failure, or nothing until it is stopped.</summary>
    private sealed class FakeSource(int frames, Exception? failure = null, bool blockAfter = false) : IFrameSource
    {
        private readonly ManualResetEventSlim _stopped = new();
        private int _read;

        public bool Disposed { get; set; }

        public string Description => "fake";

        public Frame? Read()
        {
            if (_read < frames)
                return new Frame(2, 2, PixelFormat.Gray8) { MediaTime = TimeSpan.FromMilliseconds(40 * _read++) };
            if (failure is not null)
                throw failure;
            if (!blockAfter)
                return null;
            _stopped.Wait();
            throw new OperationCanceledException("stopped");
        }

        public void Stop()
        {
            ObjectDisposedException.ThrowIf(Disposed, this);
            _stopped.Set();
        }

        public void Dispose() => Disposed = true;
    }
}
