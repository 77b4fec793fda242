using System.Diagnostics;

namespace EdgeFace.Devices.Tests;

/// <summary>Starts this assembly's own Program in a process of its own.</summary>
internal static class ChildProcess
{
    public static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static (int ExitCode, string Out, string Error) Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, error.Result);
    }

    /// <summary>Waits until no such process runs any more; a zombie counts as gone.</summary>
    public static bool IsGone(int id, TimeSpan within)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < within)
        {
            if (!File.Exists($"/proc/{id}/stat") || File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal))
                return true;
            Thread.Sleep(20);
        }

        return false;
    }
}
