using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using EdgeFace.Core;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// mosquitto_sub: shares no code with what is measured, and notes the time of each arrival itself. What it prints is read
/// without allocating, so that the count of bytes is the product's.
/// </summary>
internal sealed class MqttBenchSubscriber : IDisposable
{
    private const string Ready = "ready";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly Thread _reader;
    private readonly byte[] _buffer = new byte[1 << 20];
    private MqttBenchArrivals? _expected;
    private volatile bool _ready;

    public MqttBenchSubscriber(MqttBenchTarget target, TimeProvider time)
    {
        Announce(target, time);
        var start = new ProcessStartInfo("mosquitto_sub", [.. target.Arguments, "-q", "1", "-t", target.ReadyTopic, "-t", target.Filter, "-F", "%U %p"])
        {
            RedirectStandardOutput = true,
        };
        _process = MqttBenchBroker.StartClient(start);
        _reader = new Thread(Read) { IsBackground = true, Name = "subscriber" };
        _reader.Start();
        var begun = time.GetTimestamp();
        while (!_ready)
        {
            if (time.GetElapsedTime(begun) > Limit || _process.HasExited)
                throw new InputException($"mosquitto_sub gets nothing from {target}; what it says stands above.");
            Thread.Sleep(5);
        }
    }

    /// <summary>From now on arrivals are noted here.</summary>
    public void Expect(MqttBenchArrivals arrivals) => Volatile.Write(ref _expected, arrivals);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(Limit);
        _process.Dispose();
        _reader.Join(Limit);
    }

    // A retained message that was there before: who gets it has subscribed.
    private static void Announce(MqttBenchTarget target, TimeProvider time)
    {
        using var tool = MqttBenchBroker.StartClient(new ProcessStartInfo("mosquitto_pub", [.. target.Arguments, "-q", "1", "-r", "-t", target.ReadyTopic, "-m", Ready]));
        var begun = time.GetTimestamp();
        if (!tool.WaitForExit(Limit) || tool.ExitCode != 0)
            throw new InputException($"mosquitto_pub does not reach {target} after {time.GetElapsedTime(begun).TotalSeconds:0} s; what it says stands above.");
    }

    private void Read()
    {
        var stream = _process.StandardOutput.BaseStream;
        var filled = 0;
        while (stream.Read(_buffer, filled, _buffer.Length - filled) is var count and > 0)
        {
            filled += count;
            var begin = 0;
            while (_buffer.AsSpan(begin, filled - begin).IndexOf((byte)'\n') is var length and >= 0)
            {
                Take(_buffer.AsSpan(begin, length));
                begin += length + 1;
            }

            _buffer.AsSpan(begin, filled - begin).CopyTo(_buffer);
            filled -= begin;
        }
    }

    // SECONDS.NANOSECONDS PAYLOAD
    private void Take(ReadOnlySpan<byte> line)
    {
        if (!Utf8Parser.TryParse(line, out long seconds, out var dot) || !Utf8Parser.TryParse(line[(dot + 1)..], out long nanoseconds, out var digits))
            return;
        var payload = line[(dot + digits + 2)..];
        if (payload.SequenceEqual("ready"u8))
            _ready = true;
        else
            Volatile.Read(ref _expected)?.Take(payload, (seconds * 1_000_000) + (nanoseconds / 1000));
    }
}

/// <summary>Where the broker is and how mosquitto's clients get there.</summary>
internal sealed record MqttBenchTarget(string Host, int Port, string? CaFile)
{
    public const string Root = "edgeface-bench";

    public string Device { get; } = string.Create(CultureInfo.InvariantCulture, $"bench{Environment.ProcessId}");

    public string ReadyTopic => $"{Root}/{Device}/ready";

    public string Filter => $"{Root}/{Device}/camera/+/visit";

    public IEnumerable<string> Arguments =>
        ["-V", "mqttv5", "-h", Host, "-p", Port.ToString(CultureInfo.InvariantCulture), .. CaFile is null ? ["--capath", "/etc/ssl/certs"] : (string[])["--cafile", CaFile]];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
