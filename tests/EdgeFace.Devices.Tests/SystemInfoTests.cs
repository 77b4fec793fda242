using EdgeFace.TestKit;

namespace EdgeFace.Devices.Tests;

public sealed class SystemInfoTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void ReadMemory_of_this_process_grows_with_what_it_holds()
    {
        var info = new SystemInfo();
        var before = info.ReadMemory();
        var block = GC.AllocateArray<byte>(64 << 20, pinned: true);
        for (var at = 0; at < block.Length; at += 4096)
            block[at] = 1;
        var after = info.ReadMemory();
        GC.KeepAlive(block);

        Assert.InRange(after.PeakResident, before.Resident + (48 << 20), long.MaxValue);
        Assert.InRange(after.Resident, 1 << 20, after.PeakResident);
    }

    [Fact]
    public void ReadMemory_takes_the_kernels_kilobytes()
    {
        Put("proc/self/status", "Name:\tdotnet\nVmPeak:\t  900 kB\nVmHWM:\t   120 kB\nVmRSS:\t   100 kB\n");

        Assert.Equal(new ProcessMemory(100 * 1024, 120 * 1024), new SystemInfo(_root.Path).ReadMemory());
    }

    [Fact]
    public void ReadCpu_of_a_raspberry_pi()
    {
        Put("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm aes crc32 fphp asimdhp asimddp\n\nModel\t\t: Raspberry Pi 5\n");
        Put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0");

        Assert.Equal(new CpuInfo("Raspberry Pi 5 Model B Rev 1.0", "asimd asimdhp fphp asimddp"), new SystemInfo(_root.Path).ReadCpu());
    }

    [Fact]
    public void ReadCpu_of_a_pc()
    {
        Put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nflags\t\t: fpu sse4_1 avx avx2 fma avx512_vnni\n");

        Assert.Equal(new CpuInfo("Some CPU @ 2.00GHz", "sse4_1 avx fma avx2 avx512_vnni"), new SystemInfo(_root.Path).ReadCpu());
    }

    [Fact]
    public void Nothing_to_read_gives_unknown_and_zero()
    {
        var info = new SystemInfo(_root.Path);

        Assert.Equal(new CpuInfo("unknown", ""), info.ReadCpu());
        Assert.Equal(default, info.ReadMemory());
    }

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(4, false, true)]
    [InlineData(5, false, false)]
    [InlineData(-1, false, false)]
    [InlineData(5, true, true)]
    public void IsClockSynchronized_asks_kernel_then_timesyncd(int kernel, bool mark, bool expected)
    {
        if (mark)
            Put("run/systemd/timesync/synchronized", "");

        Assert.Equal(expected, new SystemInfo(_root.Path, () => kernel).IsClockSynchronized());
    }

    [Fact]
    public void Kernel_clock_answers_as_adjtimex_says()
    {
        // The same call, made by an interpreter with a structure of its own; -1 where this machine forbids it.
        var start = new System.Diagnostics.ProcessStartInfo(
            "/usr/bin/python3", ["-c", "import ctypes;b=ctypes.create_string_buffer(512);print(ctypes.CDLL(None).adjtimex(b))"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("PYTHONPATH");
        using var python = System.Diagnostics.Process.Start(start)!;
        var state = int.Parse(python.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(state is >= 0 and < 5, new SystemInfo(_root.Path).IsClockSynchronizedByKernel());
    }

    [Fact]
    public void FreeDisk_of_a_path_that_is_not_there_yet_is_that_of_its_folder() =>
        Assert.InRange(SystemInfo.FreeDisk(_root.File("a/b/c.db")), 1, SystemInfo.FreeDisk(_root.Path) * 2);

    private void Put(string relative, string text)
    {
        var path = _root.File(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
