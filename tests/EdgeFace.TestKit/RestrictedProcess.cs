using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit.Sdk;

namespace EdgeFace.TestKit;

/// <summary>
/// Runs one static method of a test assembly in a process of its own, with settings of the runtime that only hold from its
/// start: <c>DOTNET_EnableAVX2=0</c> and the like.
/// </summary>
public static class RestrictedProcess
{
    /// <summary>How long a child may run.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs the method and returns what it printed.</summary>
    /// <param name="type">Where the method is.</param>
    /// <param name="method">Static, without parameters; fails by throwing.</param>
    /// <param name="environment">Settings as <c>NAME=VALUE</c>.</param>
    /// <exception cref="XunitException">The method threw or did not end in time; the message holds all the child printed.</exception>
    public static string Run(Type type, string method, params ReadOnlySpan<string> environment)
        => Finish(Describe(type, method, environment), $"{type.Name}.{method} with {string.Join(' ', environment!)}");

    /// <summary>Starts the method and leaves it to the caller, who ends it (<see cref="Process.Kill()"/> is SIGKILL).</summary>
    public static Process Start(Type type, string method, params ReadOnlySpan<string> environment)
        => Process.Start(Describe(type, method, environment))!;

    /// <summary>How such a process is started, its outputs redirected, for those who also write to it.</summary>
    public static ProcessStartInfo Describe(Type type, string method, params ReadOnlySpan<string> environment)
    {
        var start = new ProcessStartInfo(Host()) { RedirectStandardOutput = true, RedirectStandardError = true };
        var basePath = Path.ChangeExtension(type.Assembly.Location, null);
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add("--runtimeconfig");
        start.ArgumentList.Add(basePath + ".runtimeconfig.json");
        start.ArgumentList.Add("--depsfile");
        start.ArgumentList.Add(basePath + ".deps.json");
        start.ArgumentList.Add(typeof(RestrictedProcess).Assembly.Location);
        start.ArgumentList.Add(type.Assembly.Location);
        start.ArgumentList.Add(type.FullName!);
        start.ArgumentList.Add(method);
        foreach (var setting in environment)
        {
            var split = setting.IndexOf('=', StringComparison.Ordinal);
            start.Environment[setting[..split]] = setting[(split + 1)..];
        }

        return start;
    }

    private static string Finish(ProcessStartInfo start, string what)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new XunitException($"{what} did not end within {Limit}.");
        }

        if (process.ExitCode != 0)
            throw new XunitException($"{what} ended with {process.ExitCode}:\n{output.Result}\n{error.Result}");
        return output.Result;
    }

    /// <summary>The host of this very runtime; the process itself may be a test host with a name of its own.</summary>
    private static string Host()
        => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
