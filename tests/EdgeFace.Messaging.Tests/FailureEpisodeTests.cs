namespace EdgeFace.Messaging.Tests;

public sealed class FailureEpisodeTests
{
    private static readonly MqttBroker Broker = new("broker", 8883);
    private static readonly MqttFailure BrokenOff = new(MqttFailureKind.Tls, "the handshake broke off");
    private static readonly MqttFailure Untrusted = new(MqttFailureKind.UntrustedCertificate, "not trusted");

    private readonly RecordingLogger<MqttSession> _log = new();

    [Fact]
    public void A_handshake_that_breaks_off_has_the_reason_that_is_known()
    {
        var episode = new FailureEpisode(_log);
        Assert.Equal(Untrusted, episode.Report(Broker, Untrusted));
        Assert.Equal(Untrusted, episode.Report(Broker, BrokenOff));
        Assert.Single(_log.Of(4101));
    }

    [Fact]
    public void A_reason_is_known_for_its_broker_and_its_episode_alone()
    {
        var episode = new FailureEpisode(_log);
        episode.Report(Broker, Untrusted);
        Assert.Equal(BrokenOff, episode.Report(new MqttBroker("other", 8883), BrokenOff));
        episode.End();
        Assert.Equal(BrokenOff, episode.Report(Broker, BrokenOff));
        Assert.Equal(3, _log.Of(4101).Count);
    }
}
