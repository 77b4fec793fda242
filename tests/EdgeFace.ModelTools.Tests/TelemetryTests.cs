using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

/// <summary>Runs in a process of its own, watched by strace; needs leave to trace.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute()
    {
        try
        {
            using var strace = Process.Start(new ProcessStartInfo("strace", ["-qq", "-e", "trace=none", "true"]) { RedirectStandardError = true });
            strace!.WaitForExit();
            if (strace.ExitCode != 0)
                Skip = "strace may not trace here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip = "needs strace (Debian package strace)";
        }
    }
}

public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [StraceFact]
    public void Running_a_model_makes_no_look_up_and_no_connection_and_leaves_no_file()
    {
        var home = Directory.CreateDirectory(_folder.File("home")).FullName;
        var trace = _folder.File("trace");
        var model = Path.Combine(Repository.Root, "models", "landmarks-68", "landmarks-68.onnx");
        // The library's first look-up comes some four seconds after it is loaded, and then again and again: the rename of the
        // finished file is held up for long enough that two of them would be seen.
        const string renames = "?rename,?renameat,?renameat2";
        var start = new ProcessStartInfo("strace",
        [
            "-f", "-qq", "-e", $"trace=network,{renames}", "-e", $"inject={renames}:delay_enter=10000000", "-o", trace,
            "dotnet", Path.Combine(AppContext.BaseDirectory, "edgeface-models.dll"), "fold", model, _folder.File("out.onnx"),
        ]);
        start.Environment["HOME"] = home;
        // What the program must do by itself may not come from outside; .NET's own socket shows that the trace sees sockets.
        start.Environment.Remove("ORT_DISABLE_TELEMETRY");
        start.Environment["DOTNET_EnableDiagnostics"] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        Assert.True(File.Exists(_folder.File("out.onnx")));
        var calls = File.ReadAllLines(trace);
        Assert.Contains(calls, call => call.Contains("(DELAYED)", StringComparison.Ordinal));
        Assert.Contains(calls, call => call.Contains("socket(AF_UNIX", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.Contains("connect(", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.Contains("socket(", StringComparison.Ordinal) && !call.Contains("socket(AF_UNIX", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories));
    }
}
