using System.Runtime.InteropServices;

namespace EdgeFace.Inference.Tests;

public sealed partial class RuntimeTests
{
    [Fact]
    public void Native_code_sees_that_telemetry_is_off()
    {
        InferenceRuntime.Prepare();
        Assert.Equal("1", Marshal.PtrToStringUTF8(GetEnvironment("ORT_DISABLE_TELEMETRY")));
    }

    [Fact]
    public void The_runtime_is_the_one_that_was_locked()
    {
        Assert.Equal("1.30.0", InferenceRuntime.Version);
        Assert.Contains("CPUExecutionProvider", InferenceRuntime.Providers);
    }

    [Theory]
    [InlineData("x64", 62)]
    [InlineData("arm64", 183)]
    public void The_output_holds_the_library_for_both_processors(string architecture, int machine)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "runtimes", $"linux-{architecture}", "native", "libonnxruntime.so.1");
        using var file = File.OpenRead(path);
        var header = new byte[20];
        file.ReadExactly(header);
        Assert.Equal("\u007fELF"u8.ToArray(), header[..4]);
        Assert.Equal(machine, BitConverter.ToUInt16(header, 18));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);
}
