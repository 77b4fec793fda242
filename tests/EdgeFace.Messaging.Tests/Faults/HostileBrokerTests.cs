using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>A broker that sends what ends libmosquitto 2.0.11 by an assertion: the connection ends, with a reason, and the process does not.</summary>
public sealed class HostileBrokerTests
{
    // A good PUBLISH to "in", and one with the property 127.
    private static readonly byte[] Packets = [0x30, 7, 0, 2, (byte)'i', (byte)'n', 0, (byte)'o', (byte)'k', 0x30, 7, 0, 2, (byte)'i', (byte)'n', 2, 127, 0];

    [Theory]
    [InlineData(false, 100)]
    [InlineData(false, 1)]
    [InlineData(true, 100)]
    [InlineData(true, 9)]
    [InlineData(true, 1)]
    public async Task An_unknown_property_ends_the_connection_only(bool tls, int piece)
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "good");
        var certificate = tls ? authority.Issue("localhost") : null;
        using var broker = new HostileBroker(Packets, piece, certificate);
        await using var host = new SessionHost(broker.Port, options => options with
        {
            Host = tls ? "localhost" : options.Host,
            Tls = new MqttTlsOptions { Enabled = tls, CaFile = certificate?.CaFile },
        });
        var seen = 0;
        host.Session.Subscribe("in", message => Interlocked.Increment(ref seen));
        host.Session.Start();
        await Wait.Until(() => broker.Served >= 3 && host.Log.Of(4102).Count >= 3, $"ended three times; {host.Session.Statistics.LastFailure}");
        Assert.All(host.Log.Of(4102), line => Assert.Contains("does not keep to MQTT: property 127, which does not belong there", line, StringComparison.Ordinal));
        Assert.Equal(MqttFailureKind.ProtocolError, host.Session.Statistics.LastFailure?.Kind);
        // What was good before it in pieces of its own was handed on.
        if (piece < 100)
            await Wait.Until(() => Volatile.Read(ref seen) >= 3, "handed on");
    }
}
