using EdgeFace.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Devices.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("", "Input is empty")]
    [InlineData("-i", "Input begins with '-'")]
    [InlineData("concat://x", "Input has the scheme 'concat'; use one of rtsp, rtsps, http, https, tcp, a file, or /dev/videoN.")]
    [InlineData("rtsp://user:pa/ss@host/x", "Input is not a valid address")]
    [InlineData("rtsp://user:pa@ss@host/x", "encode special characters of user and password (@ as %40")]
    [InlineData("rtsp://user:pa ss@host/x", "Input is not a valid address")]
    [InlineData("rtsp://", "Input is not a valid address")]
    [InlineData("rtsp://host/a\nfile '/etc/passwd'", "Input holds control characters")]
    [InlineData("v4l2:", "Input names no device")]
    public void Input_that_cannot_be_used_is_refused_without_its_secrets(string input, string message)
    {
        var error = Assert.Throws<InputException>(() => Make(new FfmpegSourceOptions { Input = input }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ss@", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_is_reported_at_once()
    {
        var options = new FfmpegSourceOptions
        {
            Input = "x.mp4", Width = 3, Height = 10_000, FramesPerSecond = -1, StallTimeoutMs = 1, StartTimeoutMs = 1, Loop = -2,
            DeviceWidth = 640, DeviceFormat = "mjpeg -i", DeviceFramesPerSecond = double.NaN, FfmpegPath = " ", Transport = (RtspTransport)7,
        };

        Assert.Equal(
            [
                "Width is 3; use an even number 2..8192, or 0 for the source's own.",
                "Height is 10000; use an even number 2..8192, or 0 for the source's own.",
                "FramesPerSecond is -1; use 0.1..240, or 0 for the source's own.",
                "DeviceFramesPerSecond is NaN; use 0.1..240, or 0 for the source's own.",
                "StallTimeoutMs is 1; use 100..600000 milliseconds.",
                "StartTimeoutMs is 1; use 100..600000 milliseconds.",
                "Loop is -2; use -1 (for ever), 0 (once) or more.",
                "Transport is 7; use Tcp or Udp.",
                "DeviceWidth and DeviceHeight go together: set both or none.",
                "DeviceFormat is 'mjpeg -i'; use a name that ffmpeg knows, such as mjpeg or yuyv422.",
                "FfmpegPath is empty; leave it out to use 'ffmpeg' from PATH.",
            ],
            options.Validate());
    }

    [Fact]
    public void Address_never_stands_in_the_command_line()
    {
        var options = new FfmpegSourceOptions { Input = "rtsp://user:it's@host/x", Transport = RtspTransport.Udp };
        Assert.True(CaptureInput.TryParse(options.Input, out var input, out _));

        Assert.DoesNotContain(FfmpegArguments.Build(options, input), argument => argument.Contains("host", StringComparison.Ordinal));
        var list = FfmpegArguments.StandardInput(options, input);
        Assert.Contains(@"file 'rtsp://user:it'\''s@host/x'" + "\n", list, StringComparison.Ordinal);
        Assert.Contains("option rtsp_transport udp\n", list, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_gets_what_was_asked_for()
    {
        var options = new FfmpegSourceOptions
        {
            Input = "v4l2:/dev/video2", DeviceFormat = "mjpeg", DeviceWidth = 1280, DeviceHeight = 720, DeviceFramesPerSecond = 12.5,
        };
        Assert.True(CaptureInput.TryParse(options.Input, out var input, out _));

        Assert.Contains(
            "-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 12.5 -i /dev/video2",
            string.Join(' ', FfmpegArguments.Build(options, input)),
            StringComparison.Ordinal);
    }

    private static void Make(FfmpegSourceOptions options)
    {
        using var source = new FfmpegSource(options, TimeProvider.System, NullLoggerFactory.Instance);
    }
}
