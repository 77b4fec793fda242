using System.Net;
using System.Net.Sockets;
using EdgeFace.TestKit.Capture;

namespace EdgeFace.Devices.Tests;

/// <summary>Cameras without RTSP.</summary>
public sealed class OtherStreamTests : CaptureTest
{
    [Fact]
    public async Task Mpeg_over_plain_tcp_is_a_live_source_whose_end_is_a_failure()
    {
        var film = Folder.File("film.ts");
        FfmpegTool.Run([
            .. NumberedClip.Input(320, 240, 10), "-frames:v", "500", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-bf", "0", "-g", "5", "-f", "mpegts", film]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync(await File.ReadAllBytesAsync(film));
        });
        using var source = Open($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        List<int> numbers = [];

        var failure = Assert.Throws<EdgeFace.Core.Imaging.FrameSourceException>(() =>
        {
            while (source.Read() is { } frame)
            {
                numbers.Add(NumberedClip.NumberOf(frame));
                frame.Release();
            }
        });
        await serving;

        // What ffmpeg read to learn of the stream is not shown: a live source begins with the newest.
        Assert.Equal(Enumerable.Range(500 - numbers.Count, numbers.Count).Select(n => n % NumberedClip.Period), numbers);
        Assert.InRange(numbers.Count, 50, 500);
        Assert.Contains($"the stream ended after {numbers.Count} frames; open it anew", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Motion_jpeg_over_http_with_a_password_in_the_query()
    {
        var port = FreePort();
        using var server = FfmpegTool.Start([
            "-re", .. NumberedClip.Input(320, 240, 10), "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2",
            "-f", "mpjpeg", "-listen", "1", $"http://127.0.0.1:{port}/video"]);
        try
        {
            using var source = OpenWhenUp($"http://127.0.0.1:{port}/video?user=admin&password=geheim", out var first);

            Assert.Equal((first + 1) % NumberedClip.Period, NumberedClip.NumberOf(source.Read()!));
            Assert.Equal($"http://127.0.0.1:{port}/video?***", source.Description);
            AssertNowhere("geheim");
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    private FfmpegSource OpenWhenUp(string url, out int first)
    {
        for (var attempt = 0; ; attempt++)
        {
            var source = Open(url);
            try
            {
                first = NumberedClip.NumberOf(source.Read()!);
                return source;
            }
            catch (EdgeFace.Core.Imaging.FrameSourceException) when (attempt < 20)
            {
                source.Dispose();
                Thread.Sleep(100);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
