using System.Collections.Concurrent;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>A broker that sends what ends libmosquitto 2.0.11 by an assertion: the connection ends, with a reason, and the process does not.</summary>
public sealed class HostileBrokerTests : IDisposable
{
    // A good PUBLISH to "in", and one with the property 127.
    private static readonly byte[] Good = [0x30, 7, 0, 2, (byte)'i', (byte)'n', 0, (byte)'o', (byte)'k'];
    private static readonly byte[] Bad = [0x30, 7, 0, 2, (byte)'i', (byte)'n', 2, 127, 0];

    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority;

    public HostileBrokerTests() => _authority = new TestAuthority(_folder.Path, "good");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false, 100)]
    [InlineData(false, 1)]
    [InlineData(true, 100)]
    [InlineData(true, 9)]
    [InlineData(true, 1)]
    public async Task An_unknown_property_ends_the_connection_only(bool tls, int piece)
    {
        using var broker = new HostileBroker(() => [.. Good, .. Bad], piece, Certificate(tls));
        await using var host = Host(broker, tls);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Large_messages_and_many_small_ones_pass_whole(bool tls)
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var payloads = Enumerable.Range(0, 200).Select(i => new byte[i % 50 == 7 ? 1_500_000 : random.Next(400)]).ToList();
        payloads.ForEach(random.NextBytes);
        using var packets = new MemoryStream();
        payloads.ForEach(payload => packets.Write(Publish(payload)));
        using var broker = new HostileBroker(packets.ToArray, 70_001, Certificate(tls));
        await using var host = Host(broker, tls);
        var seen = new ConcurrentQueue<byte[]>();
        host.Session.Subscribe("in", message => seen.Enqueue(message.Payload.ToArray()));
        host.Session.Start();
        await Wait.Until(() => seen.Count == payloads.Count, $"{seen.Count} of {payloads.Count}; {host.Session.Statistics.LastFailure}", 30);
        Assert.All(payloads.Zip(seen), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
        Assert.Equal(0, host.Session.Statistics.Reconnects);
    }

    /// <summary>Any bytes, in pieces of any size: in this very process, which is still there afterwards.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mutated_packets_end_the_connection_only(bool tls)
    {
        var seed = Fuzz.Seed();
        var count = Fuzz.Count(always: 25, full: 1_000);
        Console.WriteLine($"{count} mutated streams, EDGEFACE_FUZZ_SEED={seed}");
        var random = new Random(seed);
        using var broker = new HostileBroker(Mutated, 0, Certificate(tls));
        await using var host = Host(broker, tls);
        host.Session.Subscribe("in", _ => { });
        host.Session.Start();
        await Wait.Until(() => broker.Served >= count, "served", 60 + count);

        // At the end the broker hangs up, also where nothing was wrong.
        byte[] Mutated()
        {
            lock (random)
            {
                byte[] acknowledged = [0x40, 4, 0, 1, 0, 0], granted = [0x90, 4, 0, 1, 0, 1];
                return Fuzz.Mutate([.. granted, .. Good, .. acknowledged, 0x32, 16, 0, 2, (byte)'i', (byte)'n', 0, 7, 9, 9, 0, 2, 1, 2, 2, 0, 0, 0, 60], random);
            }
        }
    }

    private BrokerCertificate? Certificate(bool tls) => tls ? _authority.Issue("localhost") : null;

    private SessionHost Host(HostileBroker broker, bool tls) => new(broker.Port, options => options with
    {
        Host = tls ? "localhost" : options.Host,
        ReconnectMinMs = MqttOptions.LeastReconnectMs,
        ReconnectMaxMs = MqttOptions.LeastReconnectMs,
        Tls = new MqttTlsOptions { Enabled = tls, CaFile = tls ? _authority.CaFile : null },
    });

    private static byte[] Publish(byte[] payload)
    {
        var length = payload.Length + 5;
        var head = new List<byte> { 0x30 };
        for (; length > 0x7F; length >>= 7)
            head.Add((byte)((length & 0x7F) | 0x80));
        return [.. head, (byte)length, 0, 2, (byte)'i', (byte)'n', 0, .. payload];
    }
}
