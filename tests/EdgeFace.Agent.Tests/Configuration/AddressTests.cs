using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Sources;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Configuration;

public sealed class AddressTests
{
    [Theory]
    [InlineData("localhost", "localhost", null)]
    [InlineData("broker.example:8883", "broker.example", 8883)]
    [InlineData("192.0.2.7:1", "192.0.2.7", 1)]
    [InlineData("[::1]:1883", "::1", 1883)]
    [InlineData("[2001:db8::1]", "2001:db8::1", null)]
    [InlineData("2001:db8::1", "2001:db8::1", null)]
    [InlineData("::1", "::1", null)]
    public void A_broker_is_a_host_and_perhaps_a_port(string text, string host, int? port)
    {
        Assert.True(BrokerAddress.TryParse(text, out var address));
        Assert.Equal(new BrokerAddress(host, port), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+1")]
    [InlineData("host:1:2")]
    [InlineData(":1883")]
    [InlineData("[::1")]
    [InlineData("[::1]:")]
    [InlineData("[::1]1883")]
    [InlineData("[localhost]:1883")]
    [InlineData("mqtt://host")]
    public void What_is_no_broker_is_refused(string text) => Assert.False(BrokerAddress.TryParse(text, out _));

    [Theory]
    [InlineData("rtsp://cam/1", "Network", true)]
    [InlineData("RTSPS://cam/1", "Network", true)]
    [InlineData("http://cam/video.mjpg", "Network", true)]
    [InlineData("https://cam/video.mjpg", "Network", true)]
    [InlineData("tcp://cam:5000", "Network", true)]
    [InlineData("/dev/video0", "Device", true)]
    [InlineData("v4l2:/dev/video0", "Device", true)]
    [InlineData("film.mp4", "File", false)]
    public void The_kind_of_a_source_shows_in_its_address(string source, string expected, bool live)
    {
        Assert.Null(SourceAddress.WhyInvalid(source));
        Assert.Equal(expected, SourceAddress.KindOf(source).ToString());
        Assert.Equal(live, SourceAddress.IsLive(source));
    }

    [Fact]
    public void A_folder_is_a_folder_of_pictures()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(SourceKind.PictureFolder, SourceAddress.KindOf(folder.Path));
        Assert.False(SourceAddress.IsLive(folder.Path));
    }

    [Theory]
    [InlineData("rtsp://user:secret@cam/1", "rtsp://***@cam/1")]
    [InlineData("http://cam/v.cgi?user=a&pwd=secret", "http://cam/v.cgi?***")]
    [InlineData("x rtsp://u:secret@a/1 and rtsp://u:secret@b/2?t=secret.", "x rtsp://***@a/1 and rtsp://***@b/2?***")]
    [InlineData("{\"a\":\"rtsp://u:sec@ret@a/1?x=secret\",\"b\":1}", "{\"a\":\"rtsp://***@a/1?***\",\"b\":1}")]
    [InlineData("rtsp://cam/1 mail@example", "rtsp://cam/1 mail@example")]
    [InlineData("what? no address", "what? no address")]
    public void Secrets_are_taken_out_of_addresses_anywhere_in_a_text(string text, string expected)
        => Assert.Equal(expected, Redaction.RedactAddress(text));

    [Fact]
    public void Options_are_shown_without_the_secrets_of_their_cameras()
    {
        var options = new AgentOptions { Cameras = [new CameraOptions { Name = "a", Source = "rtsp://u:secret@cam/1" }] };
        Assert.Equal("rtsp://***@cam/1", Redaction.Redact(options).Cameras[0].Source);
        Assert.Equal("rtsp://u:secret@cam/1", options.Cameras[0].Source);
    }
}
