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
}
