using System.Buffers.Text;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// Arrivals of numbered events: the first four bytes of an event's id are its number, the next two the series. Filled by one
/// thread, read by another when <see cref="Count"/> says so.
/// </summary>
internal sealed class MqttBenchArrivals(ushort series, int count)
{
    private const int Cameras = 4;

    private readonly long[] _microseconds = new long[count];
    private readonly int[] _last = [-1, -1, -1, -1];
    private int _arrived;
    private int _wrong;

    public ushort Series { get; } = series;

    /// <summary>Different events so far.</summary>
    public int Count => Volatile.Read(ref _arrived);

    /// <summary>Arrivals out of their camera's order, of another series or of no event.</summary>
    public int Wrong => Volatile.Read(ref _wrong);

    /// <summary>Arrivals of an event that had arrived.</summary>
    public int Duplicates { get; private set; }

    /// <summary>When an event arrived, microseconds since 1970; 0 when it did not.</summary>
    public long this[int number] => _microseconds[number];

    public static int CameraOf(int number) => number % Cameras;

    public static Guid IdOf(ushort series, int number) => new(number, (short)series, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0);

    public void Take(ReadOnlySpan<byte> payload, long microseconds)
    {
        var at = payload.IndexOf("\"id\":\""u8);
        if (at < 0
            || !Utf8Parser.TryParse(payload[(at + 6)..], out uint number, out var digits, 'x') || digits != 8
            || !Utf8Parser.TryParse(payload.Slice(at + 15, 4), out ushort series, out _, 'x')
            || series != Series || number >= _microseconds.Length)
        {
            _wrong++;
            return;
        }

        if (_microseconds[number] != 0)
        {
            Duplicates++;
            return;
        }

        ref var last = ref _last[CameraOf((int)number)];
        if ((int)number < last)
            _wrong++;
        last = (int)number;
        _microseconds[number] = microseconds;
        Volatile.Write(ref _arrived, _arrived + 1);
    }
}
