using EdgeFace.TestKit.Capture;

namespace EdgeFace.Devices.Tests;

/// <summary>What cannot be opened says what, where and what to do.</summary>
public sealed class FailureTests : CaptureTest
{
    [Fact]
    public void Missing_file()
    {
        var path = Folder.File("none.mp4");

        Assert.Equal(
            $"{path}: there is no such file; check the path (ffmpeg: file:{path}: No such file or directory)",
            MessageFor(new FfmpegSourceOptions { Input = path }));
    }

    [Fact]
    public void File_that_is_no_video()
    {
        var path = Folder.File("text.mp4");
        File.WriteAllText(path, "not a film");

        Assert.StartsWith($"{path}: it is no video that ffmpeg can read; ", MessageFor(new FfmpegSourceOptions { Input = path }), StringComparison.Ordinal);
    }

    [Fact]
    public void File_with_sound_only()
    {
        var path = Folder.File("sound.wav");
        FfmpegTool.Run("-f", "lavfi", "-i", "sine=duration=0.2", path);

        Assert.StartsWith($"{path}: it holds no pictures; use a video", MessageFor(new FfmpegSourceOptions { Input = path }), StringComparison.Ordinal);
    }

    [Fact]
    public void Playlist_in_disguise_reaches_no_network_and_no_other_protocol()
    {
        using var camera = new SilentServer();
        var path = Folder.File("film.mp4");
        File.WriteAllText(path, $"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{camera.Port}/a.ts\n#EXT-X-ENDLIST\n");

        _ = MessageFor(new FfmpegSourceOptions { Input = path });

        Assert.Equal(0, camera.Connections);
    }

    [Fact]
    public void Folder_instead_of_a_file() =>
        Assert.StartsWith($"{Folder.Path}: it is a folder; name a file", MessageFor(new FfmpegSourceOptions { Input = Folder.Path }), StringComparison.Ordinal);

    [Fact]
    public void Camera_that_is_not_plugged_in() => Assert.StartsWith(
        "/dev/video63: there is no such device; plug the camera in; ls /dev/video* shows what is there (ffmpeg: ",
        MessageFor(new FfmpegSourceOptions { Input = "/dev/video63" }),
        StringComparison.Ordinal);

    [Fact]
    public void Device_that_is_no_camera() => Assert.StartsWith(
        "/dev/null: it is no camera; ", MessageFor(new FfmpegSourceOptions { Input = "v4l2:/dev/null" }), StringComparison.Ordinal);

    [Fact]
    public void Ffmpeg_that_is_not_installed() => Assert.Equal(
        "/dev/video0: the program ffmpeg-none is not there; install it: apt-get install ffmpeg",
        MessageFor(new FfmpegSourceOptions { Input = "/dev/video0", FfmpegPath = "ffmpeg-none" }));

    [Fact]
    public void Program_that_is_no_ffmpeg() => Assert.Contains(
        "begins with something else than a YUV4MPEG2 header",
        MessageFor(new FfmpegSourceOptions { Input = "/dev/video0", FfmpegPath = "echo" }),
        StringComparison.Ordinal);

    [Fact]
    public void File_that_this_user_may_not_execute()
    {
        var path = Folder.File("ffmpeg");
        File.WriteAllText(path, "");

        Assert.Contains("Permission denied", MessageFor(new FfmpegSourceOptions { Input = "/dev/video0", FfmpegPath = path }), StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void Camera_that_this_user_may_not_open()
    {
        var device = Folder.File("video0");
        File.WriteAllText(device, "");
        File.SetUnixFileMode(device, UnixFileMode.None);
        var ffmpeg = "ffmpeg";
        if (Environment.IsPrivilegedProcess)
        {
            // Root may open everything: ffmpeg as a nobody, through a script.
            ffmpeg = Folder.File("ffmpeg");
            File.WriteAllText(ffmpeg, "#!/bin/sh\nexec setpriv --reuid=65534 --clear-groups ffmpeg \"$@\"\n");
            File.SetUnixFileMode(ffmpeg, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Assert.StartsWith(
            $"{device}: no permission to open it; add the user that runs this program to the group video: usermod -aG video USER (ffmpeg: ",
            MessageFor(new FfmpegSourceOptions { Input = "v4l2:" + device, FfmpegPath = ffmpeg }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_listens()
    {
        var message = MessageFor(new FfmpegSourceOptions { Input = "rtsp://admin:geheim@127.0.0.1:1/live" });

        Assert.StartsWith(
            "rtsp://***@127.0.0.1:1/live: nothing listens there; check host and port, and that the camera is on (ffmpeg: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", message, StringComparison.Ordinal);
        AssertNowhere("geheim");
    }

    [Fact]
    public void Server_that_says_nothing()
    {
        using var camera = new SilentServer();
        var options = new FfmpegSourceOptions { Input = $"rtsp://127.0.0.1:{camera.Port}/live", StartTimeoutMs = 700 };

        Assert.StartsWith(
            $"no frame from rtsp://127.0.0.1:{camera.Port}/live for 0.7 s: it does not answer, or sends no key frame; check",
            MessageFor(options),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/video0", "[error] /dev/video0: Permission denied", "/dev/video0: no permission to open it; add the user that runs this program to the group video: usermod -aG video USER (ffmpeg: /dev/video0: Permission denied)")]
    [InlineData("/dev/video0", "[video4linux2,v4l2 @ 0x5] [error] ioctl(VIDIOC_STREAMON): Device or resource busy", "/dev/video0: another program uses it; find and end that program: fuser -v /dev/video* (ffmpeg: ioctl(VIDIOC_STREAMON): Device or resource busy)")]
    [InlineData("a.mp4", "[fatal] Error splitting the argument list", "a.mp4: ffmpeg ended with exit code 1 (ffmpeg: Error splitting the argument list)")]
    [InlineData("a.mp4", "[info] nothing of use", "a.mp4: ffmpeg ended with exit code 1")]
    public void Explain_quotes_the_line_that_matters(string input, string line, string expected)
    {
        Assert.True(CaptureInput.TryParse(input, out var parsed, out _));
        Assert.EndsWith(expected, FfmpegDiagnosis.Explain(parsed, ["[info] before", line, "[verbose] after"], 1), StringComparison.Ordinal);
    }

    private string MessageFor(FfmpegSourceOptions options)
    {
        using var source = Open(options);
        return ReadUntilBroken(source).Message;
    }
}
