using EdgeFace.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Messaging.Tests;

public sealed class MqttOptionsTests
{
    [Fact]
    public void Every_error_is_reported_at_once()
    {
        var options = new MqttOptions
        {
            Host = " ",
            Port = 0,
            ClientId = "",
            KeepAliveSeconds = 4,
            MaxInFlight = 257,
            PasswordFile = "/nowhere",
            Will = new MqttWill("a/#", []),
            Tls = new MqttTlsOptions { CaFile = "/nowhere" },
        };
        var failure = Assert.Throws<InputException>(
            () => new MqttSession(options, null, TimeProvider.System, NullLogger<MqttSession>.Instance));
        foreach (var part in new[] { "host ' '", "port 0", "ClientId", "KeepAliveSeconds 4", "MaxInFlight 257", "PasswordFile", "Will", "not enabled" })
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Defaults_are_valid() => Assert.Empty(MqttOptionsCheck.Errors(new MqttOptions()));

    [Fact]
    public void Pauses_double_up_to_the_most_and_begin_again()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => 1);
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalSeconds));
        backoff.Reset();
        Assert.Equal(1, backoff.Next().TotalSeconds);
    }

    [Fact]
    public void Jitter_takes_up_to_half_of_the_pause()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), () => 0);
        Assert.Equal(1, backoff.Next().TotalSeconds);
    }
}
