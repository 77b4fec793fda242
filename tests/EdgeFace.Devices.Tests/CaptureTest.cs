using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Devices.Tests;

/// <summary>What the tests of <see cref="FfmpegSource"/> share. An error or warning in the log fails the test.</summary>
public abstract class CaptureTest : IDisposable
{
    protected TemporaryFolder Folder { get; } = new();

    protected ListLoggerFactory Loggers { get; } = new();

    protected FfmpegSource Open(FfmpegSourceOptions options) => new(options, TimeProvider.System, Loggers);

    protected FfmpegSource Open(string input) => Open(new FfmpegSourceOptions { Input = input });

    /// <summary>Reads to the end and gives what <paramref name="look"/> makes of each frame.</summary>
    protected static List<T> ReadAll<T>(FfmpegSource source, Func<Frame, T> look)
    {
        List<T> seen = [];
        while (source.Read() is { } frame)
        {
            seen.Add(look(frame));
            frame.Release();
        }

        return seen;
    }

    /// <summary>Reads until the source breaks; the message, with all of the log checked for the password.</summary>
    protected static FrameSourceException ReadUntilBroken(FfmpegSource source)
    {
        var failure = Assert.Throws<FrameSourceException>(() => ReadAll(source, _ => 0));
        Assert.DoesNotContain('\n', failure.Message);
        return failure;
    }

    protected void AssertNowhere(string secret)
    {
        Assert.NotEmpty(Loggers.Lines);
        Assert.DoesNotContain(Loggers.Lines, line => line.Message.Contains(secret, StringComparison.Ordinal));
    }

    public virtual void Dispose()
    {
        Folder.Dispose();
        Assert.DoesNotContain(Loggers.Lines, line => line.Level >= LogLevel.Warning);
        GC.SuppressFinalize(this);
    }
}
