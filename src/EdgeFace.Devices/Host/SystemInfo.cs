using System.Globalization;
using EdgeFace.Devices.Native;

namespace EdgeFace.Devices;

/// <summary>Memory of this process in bytes.</summary>
/// <param name="Resident">Present resident set (VmRSS).</param>
/// <param name="PeakResident">Largest resident set so far (VmHWM).</param>
public readonly record struct ProcessMemory(long Resident, long PeakResident);

/// <summary>The processor, for reports.</summary>
/// <param name="Model">Name of board and processor as far as the kernel knows them; "unknown" otherwise.</param>
/// <param name="Features">The instruction sets that matter here, space separated, such as "avx2 avx512_vnni" or "asimd asimddp".</param>
public sealed record CpuInfo(string Model, string Features);

/// <summary>What the Linux kernel tells about this machine and process. Reads small files anew at every call.</summary>
public sealed class SystemInfo
{
    // The ones that vector kernels and int8 inference choose by.
    private static readonly string[] KnownFeatures =
    [
        "sse4_1", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8",
        "neon", "asimd", "asimdhp", "fphp", "asimddp", "i8mm", "bf16", "sve", "sve2",
    ];

    private readonly string _root;
    private readonly Func<int> _clockState;

    /// <param name="root">Where /proc and /run are looked up: "/" (default), or a folder with copies of them.</param>
    public SystemInfo(string root = "/")
        : this(root, AskKernelClock)
    {
    }

    internal SystemInfo(string root, Func<int> clockState)
    {
        _root = root;
        _clockState = clockState;
    }

    /// <returns>Zeros where the kernel does not tell.</returns>
    public ProcessMemory ReadMemory()
    {
        long resident = 0, peak = 0;
        foreach (var line in Lines("proc/self/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                resident = KiloBytes(line);
            else if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                peak = KiloBytes(line);
        }

        return new ProcessMemory(resident, peak);
    }

    public CpuInfo ReadCpu()
    {
        string? model = null, flags = null;
        foreach (var line in Lines("proc/cpuinfo"))
        {
            var (key, value) = Split(line);
            if (key is "model name" or "Model")
                model ??= value;
            else if (key is "flags" or "Features")
                flags ??= value;
        }

        var has = (flags ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return new CpuInfo(Board() ?? model ?? "unknown", string.Join(' ', KnownFeatures.Where(has.Contains)));
    }

    /// <summary>
    /// Whether something sets this clock (NTP, PTP): a board without a battery starts with a wrong date, and visits would be
    /// dated wrong. The kernel's own answer, or the mark of systemd-timesyncd.
    /// </summary>
    public bool IsClockSynchronized() =>
        IsClockSynchronizedByKernel() || File.Exists(Path.Combine(_root, "run/systemd/timesync/synchronized"));

    /// <summary>Without a look at the marks of services.</summary>
    internal bool IsClockSynchronizedByKernel()
    {
        const int NotSynchronized = 5; // TIME_ERROR
        return _clockState() is >= 0 and < NotSynchronized;
    }

    /// <summary>Bytes that this user can still write where <paramref name="path"/> lies; the path itself need not exist yet.</summary>
    /// <exception cref="IOException">The file system does not answer.</exception>
    public static long FreeDisk(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        return new DriveInfo(folder).AvailableFreeSpace;
    }

    private static unsafe int AskKernelClock()
    {
        const int SizeOfTimex = 208;
        var timex = stackalloc byte[SizeOfTimex * 2];
        new Span<byte>(timex, SizeOfTimex * 2).Clear();
        return Libc.AskClock(timex);
    }

    private static long KiloBytes(string line)
    {
        var number = Split(line).Value.Split(' ')[0];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value * 1024 : 0;
    }

    private static (string Key, string Value) Split(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (line, "") : (line[..colon].Trim(), line[(colon + 1)..].Trim());
    }

    /// <summary>Boards name themselves in the device tree: "Raspberry Pi 5 Model B Rev 1.0".</summary>
    private string? Board() => Lines("proc/device-tree/model").FirstOrDefault()?.TrimEnd('\0') is { Length: > 0 } board ? board : null;

    private string[] Lines(string relative)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(_root, relative));
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
