using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;

namespace EdgeFace.Devices.Tests;

/// <summary>A camera on the network: real RTSP and RTP over the loopback.</summary>
public sealed class RtspTests : CaptureTest
{
    private const string Password = "ge h@im/1'2";

    [Theory]
    [InlineData(RtspTransport.Tcp)]
    [InlineData(RtspTransport.Udp)]
    public void Frames_come_in_order_and_soon(RtspTransport transport)
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions { Input = NumberedClip.Input(320, 240, 25) });
        using var source = Open(new FfmpegSourceOptions { Input = camera.Url, Transport = transport });
        List<int> numbers = [];
        List<TimeSpan> times = [];
        var lag = NumberedClip.Period;
        for (var i = 0; i < 50; i++)
        {
            var frame = source.Read()!;
            numbers.Add(NumberedClip.NumberOf(frame));
            times.Add(frame.MediaTime);
            lag = Math.Min(lag, (camera.FramesSent - 1 - numbers[^1] + 2 * NumberedClip.Period) % NumberedClip.Period);
            frame.Release();
        }

        Assert.Equal(Enumerable.Range(numbers[0], 50).Select(n => n % NumberedClip.Period), numbers);
        Assert.Equal(TimeSpan.Zero, times[0]);
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[^1].TotalSeconds, 0.8, 8);
        // Frames on their way: one (ffmpeg sees the end of a frame by the begin of the next); 3 with its defaults.
        Assert.InRange(lag, 0, 2);
        Assert.Equal((320, 240), (source.Width, source.Height));
    }

    [Fact]
    public void Motion_jpeg_comes_too()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions
        {
            Codec = ["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default", "-force_duplicated_matrix", "1", "-q:v", "2"],
        });
        using var source = Open(camera.Url);
        var first = NumberedClip.NumberOf(source.Read()!);

        Assert.Equal((first + 1) % NumberedClip.Period, NumberedClip.NumberOf(source.Read()!));
    }

    [Fact]
    public void Rate_limit_drops_and_repeats_none()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions { Input = NumberedClip.Input(320, 240, 25) });
        using var source = Open(new FfmpegSourceOptions { Input = camera.Url, FramesPerSecond = 5 });
        List<int> numbers = [];
        for (var i = 0; i < 9; i++)
        {
            var frame = source.Read()!;
            numbers.Add(NumberedClip.NumberOf(frame));
            frame.Release();
        }

        // The first cell may be a short one.
        Assert.All(numbers.Skip(1).Zip(numbers.Skip(2)), pair => Assert.Equal(5, (pair.Second - pair.First + NumberedClip.Period) % NumberedClip.Period));
    }

    [Fact]
    public void Capture_thread_allocates_nothing_per_frame_of_a_live_source()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions { Input = NumberedClip.Input(320, 240, 25) });
        using var source = Open(camera.Url);
        for (var i = 0; i < 5; i++)
            source.Read()!.Release();

        Assert.Equal(0, Allocations.Least(() => source.Read()!.Release(), times: 10));
    }

    [Fact]
    public void User_and_password_open_the_camera_and_show_nowhere()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions { User = "admin", Password = Password });
        using var source = Open(camera.Url);

        source.Read()!.Release();

        Assert.Equal($"rtsp://***@127.0.0.1:{camera.Port}/live", source.Description);
        AssertNowhere(Password);
        AssertNowhere(Uri.EscapeDataString(Password));
        var commandLine = File.ReadAllText($"/proc/{source.ChildId}/cmdline") + File.ReadAllText($"/proc/{source.ChildId}/environ");
        Assert.Contains("ffmpeg", commandLine, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(Password), commandLine, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, commandLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_password_is_said_and_not_shown()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions { User = "admin", Password = Password });
        using var source = Open(camera.UrlFor("admin:falsch@"));

        var failure = ReadUntilBroken(source);

        Assert.StartsWith(
            $"rtsp://***@127.0.0.1:{camera.Port}/live: user name or password is missing or wrong; check them", failure.Message, StringComparison.Ordinal);
        Assert.Contains("401 Unauthorized", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("falsch", failure.Message, StringComparison.Ordinal);
        AssertNowhere("falsch");
        Assert.Equal(0, camera.Admitted);
    }

    [Fact]
    public void Wrong_path_is_said()
    {
        using var camera = new ReplayCamera();
        using var source = Open($"rtsp://127.0.0.1:{camera.Port}/other");

        Assert.Contains(": the camera has no stream of that name; check the path", ReadUntilBroken(source).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Camera_that_hangs_is_noticed_and_opens_anew()
    {
        using var camera = new ReplayCamera();
        using (var source = Open(new FfmpegSourceOptions { Input = camera.Url, StallTimeoutMs = 800 }))
        {
            source.Read()!.Release();
            camera.Hang();
            Assert.StartsWith($"no frame from {camera.Url} for 0.8 s: it stopped sending after ", ReadUntilBroken(source).Message, StringComparison.Ordinal);
        }

        camera.Resume();
        using var again = Open(camera.Url);
        again.Read()!.Release();
        Assert.Equal(2, camera.Admitted);
    }

    [Fact]
    public void Camera_that_hangs_up_is_noticed()
    {
        using var camera = new ReplayCamera();
        using var source = Open(camera.Url);
        source.Read()!.Release();
        camera.Hangup();

        Assert.Matches("the stream ended after [0-9]+ frames; open it anew", ReadUntilBroken(source).Message);
    }

    [Fact]
    public void Camera_that_changes_its_picture_size_is_to_be_opened_anew()
    {
        using var camera = new ReplayCamera(new ReplayCameraOptions
        {
            Input = ["-i", TwoSizes.Write(Folder, framesEach: 40)], Codec = ["-c:v", "copy"],
        });
        using var source = Open(camera.Url);

        Assert.Matches("the pictures changed their size to 320x240 after [0-9]+ frames; open it anew", ReadUntilBroken(source).Message);
    }

    [Fact]
    public void Dispose_says_goodbye_to_the_camera()
    {
        using var camera = new ReplayCamera();
        using (var source = Open(new FfmpegSourceOptions { Input = camera.Url, Transport = RtspTransport.Udp }))
            source.Read()!.Release();

        Assert.True(SpinWait.SpinUntil(() => camera.Goodbyes == 1, 2000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Child_does_not_outlive_a_killed_parent(bool stalled)
    {
        using var camera = new ReplayCamera();
        using var parent = ChildProcess.Start(["hold", camera.Url]);
        var ffmpeg = int.Parse(parent.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(ChildProcess.IsGone(ffmpeg, TimeSpan.FromMilliseconds(100)));
        if (stalled)
        {
            // Nothing more to write, so no broken pipe to notice.
            camera.Hang();
            Thread.Sleep(500);
        }

        parent.Kill(entireProcessTree: false);
        parent.WaitForExit();

        Assert.True(ChildProcess.IsGone(ffmpeg, TimeSpan.FromSeconds(3)));
    }
}
