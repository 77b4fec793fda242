using System.Text;
using EdgeFace.Devices.Native;

namespace EdgeFace.Devices.Tests;

public sealed class TextTests
{
    [Theory]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG", 640, 480, 25.0)]
    [InlineData("YUV4MPEG2 W62 H46 F30000:1001 Ip A0:0 C420mpeg2", 62, 46, 30000.0 / 1001)]
    [InlineData("YUV4MPEG2 W62 H46 F0:0", 62, 46, 0.0)]
    public void Y4mHeader_states_size_and_rate(string line, int width, int height, double rate)
    {
        Assert.True(Y4mHeader.TryParse(Encoding.ASCII.GetBytes(line), out var header));
        Assert.Equal(new Y4mHeader(width, height, rate), header);
    }

    [Theory]
    [InlineData("YUV4MPEG2 W640 H480 C422")]
    [InlineData("YUV4MPEG2 W640 H480 C420p10")]
    [InlineData("YUV4MPEG2 W640")]
    [InlineData("YUV4MPEG2 W99999 H480")]
    [InlineData("YUV4MPEG2 W-5 H480")]
    [InlineData("RIFF")]
    [InlineData("")]
    public void Y4mHeader_refuses_what_it_cannot_read(string line) =>
        Assert.False(Y4mHeader.TryParse(Encoding.ASCII.GetBytes(line), out _));

    [Fact]
    public void LineSplitter_joins_parts_and_bounds_lines()
    {
        List<string> lines = [];
        var splitter = new LineSplitter(lines.Add);
        splitter.Append("one\r\nt"u8);
        splitter.Append("wo\u001b[31m\n\n"u8);
        splitter.Append(Encoding.ASCII.GetBytes(new string('x', 5000)));
        splitter.Flush();
        splitter.Flush();

        Assert.Equal(["one", "two [31m", new string('x', LineSplitter.MaxLineBytes) + " ..."], lines);
    }

    [Theory]
    [InlineData("rtsp://10.0.0.5/live", "rtsp://10.0.0.5/live")]
    [InlineData("rtsp://admin:s%40cret@10.0.0.5:8554/live", "rtsp://***@10.0.0.5:8554/live")]
    [InlineData("http://10.0.0.5/video?user=admin&password=s%40cret", "http://10.0.0.5/video?***")]
    [InlineData("rtsps://admin@cam/live", "rtsps://***@cam/live")]
    [InlineData("/dev/video0", "/dev/video0")]
    [InlineData("v4l2:/dev/v4l/by-id/usb-cam", "/dev/v4l/by-id/usb-cam")]
    [InlineData("/srv/film.mp4", "/srv/film.mp4")]
    public void Description_hides_user_password_and_query(string input, string description)
    {
        Assert.True(CaptureInput.TryParse(input, out var parsed, out _));
        Assert.Equal(description, parsed.Description);
    }

    [Theory]
    [InlineData("Impossible to open 'rtsp://admin:s%40cret@10.0.0.5/live'")]
    [InlineData("rtsp://admin:s%40cret@10.0.0.5:554/live?x: Connection refused")]
    [InlineData("auth s@cret for s%40cret")]
    public void Redact_takes_the_password_out_in_every_spelling(string line)
    {
        Assert.True(CaptureInput.TryParse("rtsp://admin:s%40cret@10.0.0.5/live", out var parsed, out _));
        var redacted = parsed.Redact(line);
        Assert.DoesNotContain("s%40cret", redacted, StringComparison.Ordinal);
        Assert.DoesNotContain("s@cret", redacted, StringComparison.Ordinal);
        Assert.Contains("***", redacted, StringComparison.Ordinal);
    }
}
