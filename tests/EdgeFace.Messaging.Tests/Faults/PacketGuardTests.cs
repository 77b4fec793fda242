using EdgeFace.TestKit;
using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>What is let through to the library, and what is not: packets written by hand after the standards.</summary>
public sealed class PacketGuardTests
{
    private const int Most = 1 << 20;
    private const string Connack5 = "20 03 00 00 00";
    private const string Connack3 = "20 02 00 00";

    [Theory]
    [InlineData("20 03 01 00 00")]
    [InlineData("20 02 00 01")] // A broker of the older version.
    [InlineData("20 20 00 00 1D 11 00000E10 21 0100 24 01 25 00 27 00000100 22 0000 28 01 29 01 2A 00 13 001E")]
    [InlineData("20 14 00 00 11 12 0003 616263 26 0001 61 0001 62 1F 0001 78")]
    [InlineData("20 04 00 87 01 00", false)] // A length that leaves a property without a value.
    public void Connack_of_mqtt_5(string packet, bool good = true) => Check(MosquittoProtocol.V5, "", packet, good);

    [Theory]
    [InlineData("30 06 0001 61 00 78 79")] // QoS 0, no properties.
    [InlineData("32 06 0001 61 0007 00")]
    [InlineData("3B 09 0001 61 0007 02 01 01 78")]
    [InlineData("32 19 0001 61 0007 13 02 0000003C 09 0002 FFFF 08 0001 72 26 0000 0000")]
    [InlineData("30 0A 0001 61 06 0B 01 0B 81 01 23 0005", false)] // Longer than its length says: what follows is no packet.
    [InlineData("30 0B 0001 61 07 0B 01 0B 81 01 23 05", false)] // A value that is not all there.
    [InlineData("30 0C 0001 61 08 0B 01 0B 81 01 23 00 05")]
    [InlineData("30 0A 0001 61 06 01 01 02 00000001", false)]
    [InlineData("30 06 0001 61 02 7F 00", false)] // The property that ends the library.
    [InlineData("30 06 0001 61 02 04 00", false)]
    [InlineData("30 06 0001 61 02 80 01", false)]
    [InlineData("30 09 0001 61 05 21 0001 78 78", false)] // Receive maximum belongs to CONNACK.
    [InlineData("30 08 0001 61 04 01 01 01 01", false)] // Twice.
    [InlineData("30 08 0001 61 04 03 0001 C0", false)] // Not UTF-8.
    [InlineData("30 08 0001 61 04 03 0001 00", false)]
    [InlineData("30 07 0001 61 04 03 0005", false)]
    [InlineData("30 04 0005 61 00", false)] // A topic longer than the packet.
    [InlineData("30 03 0000 00", false)]
    [InlineData("30 04 0001 2B 00", false)]
    [InlineData("32 06 0001 61 0000 00", false)]
    [InlineData("34 06 0001 61 0001 00", false)] // QoS 2 was not asked for.
    [InlineData("36 06 0001 61 0001 00", false)]
    [InlineData("30 00", false)]
    [InlineData("30 FF FF FF FF 7F", false)]
    [InlineData("30 FF FF FF 7F", false)] // 256 MB.
    [InlineData("30 08 0001 61 80 80 80 80 01", false)]
    public void Publish_of_mqtt_5(string packet, bool good = true) => Check(MosquittoProtocol.V5, Connack5, packet, good);

    [Theory]
    [InlineData("40 02 0001")]
    [InlineData("40 03 0001 10")]
    [InlineData("40 04 0001 00 00")]
    [InlineData("40 08 0001 87 04 1F 0001 78")]
    [InlineData("40 06 0001 00 02 7E 00", false)]
    [InlineData("40 06 0001 00 00 00 00", false)]
    [InlineData("40 02 0000", false)]
    [InlineData("40 01 00", false)]
    [InlineData("41 02 0001", false)]
    [InlineData("90 05 0001 00 01 87")]
    [InlineData("90 04 0001 00", false)] // Cut short by its length: the next packet is missing, and that is no harm yet.
    [InlineData("90 03 0001 00", false)] // No code.
    [InlineData("90 03 0001 05", false)]
    [InlineData("D0 00")]
    [InlineData("D0 01 00", false)]
    [InlineData("E0 00")]
    [InlineData("E0 01 8B")]
    [InlineData("E0 02 8E 00")]
    [InlineData("E0 05 8E 03 11 0000", false)]
    [InlineData("50 02 0001", false)]
    [InlineData("62 02 0001", false)]
    [InlineData("70 02 0001", false)]
    [InlineData("B0 03 0001 00", false)]
    [InlineData("F0 02 18 00", false)]
    [InlineData("C0 00", false)]
    [InlineData("00 00", false)]
    [InlineData("20 03 00 00 00", false)] // A second one.
    public void Other_packets_of_mqtt_5(string packet, bool good = true)
    {
        if (packet == "90 04 0001 00")
            packet += " 00 D1"; // Its missing byte makes it a SUBACK; what follows is not a packet.
        Check(MosquittoProtocol.V5, Connack5, packet, good);
    }

    [Theory]
    [InlineData("30 05 0001 61 78 79")]
    [InlineData("32 06 0001 61 0007 7F")] // A payload, whatever it looks like.
    [InlineData("40 02 0001")]
    [InlineData("40 03 0001 00", false)]
    [InlineData("90 03 0001 01")]
    [InlineData("90 02 0001", false)]
    [InlineData("D0 00")]
    [InlineData("E0 00", false)]
    public void Packets_of_mqtt_311(string packet, bool good = true) => Check(MosquittoProtocol.V311, Connack3, packet, good);

    [Fact]
    public void Nothing_comes_before_connack() => Check(MosquittoProtocol.V5, "", "D0 00", good: false);

    [Fact]
    public void Topic_and_properties_are_bounded_and_the_payload_is_not()
    {
        // User properties of 64 KB each, 256 KB together.
        var pair = (byte[])[0x26, 0xFF, 0xFF, .. new byte[65535].Select(_ => (byte)'a'), 0, 0];
        var many = (byte[])[.. pair, .. pair, .. pair, .. pair];
        Assert.Contains("topic and properties", Feed(MosquittoProtocol.V5, Connack5, Publish([0, 1, 0x61, .. Variable(many.Length), .. many])), StringComparison.Ordinal);
        Assert.Null(Feed(MosquittoProtocol.V5, Connack5, Publish([0, 1, 0x61, .. Variable(pair.Length * 2), .. pair, .. pair])));
        Assert.Null(Feed(MosquittoProtocol.V5, Connack5, Publish([0, 1, 0x61, 0, .. new byte[Most - 4]])));
        Assert.Contains("more than", Feed(MosquittoProtocol.V5, Connack5, Publish([0, 1, 0x61, 0, .. new byte[Most]])), StringComparison.Ordinal);
    }

    /// <summary>However the bytes are cut into pieces, the verdict is the same, and it comes before a wrong packet is whole.</summary>
    [Fact]
    public void Pieces_make_no_difference()
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var stream = Bytes(Connack5 + " 32 19 0001 61 0007 13 02 0000003C 09 0002 FFFF 08 0001 72 26 0000 0000 40 04 0001 00 00 90 05 0001 00 01 87 D0 00 30 06 0001 61 00 78 79 E0 02 8E 00");
        var refused = 0;
        for (var i = 0; i < Fuzz.Count(20_000, 1_000_000); i++)
        {
            var mutated = Fuzz.Mutate(stream, random);
            var whole = new PacketGuard(MosquittoProtocol.V5, Most);
            whole.Pass(mutated);
            var pieces = new PacketGuard(MosquittoProtocol.V5, Most);
            for (var at = 0; at < mutated.Length;)
            {
                var length = Math.Min(random.Next(1, 6), mutated.Length - at);
                if (!pieces.Pass(mutated.AsSpan(at, length)))
                    break;
                at += length;
            }

            Assert.True(whole.Fault == pieces.Fault, $"seed {seed}, {i}: {Convert.ToHexString(mutated)}: {whole.Fault} and {pieces.Fault}");
            refused += whole.Fault is null ? 0 : 1;
        }

        Assert.NotEqual(0, refused);
    }

    private static void Check(MosquittoProtocol protocol, string before, string packet, bool good)
    {
        var fault = Feed(protocol, before, Bytes(packet));
        Assert.True(good == fault is null, $"{packet}: {fault ?? "let through"}");
    }

    private static string? Feed(MosquittoProtocol protocol, string before, byte[] packet)
    {
        var guard = new PacketGuard(protocol, Most);
        Assert.True(guard.Pass(Bytes(before)), guard.Fault);
        // A PINGRESP behind it: what is too short takes from it.
        _ = guard.Pass(packet) && guard.Pass([0xD0, 0, 0xD0, 0]);
        return guard.Fault;
    }

    private static byte[] Publish(byte[] body) => [0x30, .. Variable(body.Length), .. body];

    private static byte[] Variable(int value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)((value & 0x7F) | (value > 0x7F ? 0x80 : 0)));
            value >>= 7;
        }
        while (value > 0);
        return [.. bytes];
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
