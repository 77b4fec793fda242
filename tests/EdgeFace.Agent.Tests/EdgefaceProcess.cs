using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests;

/// <summary>The program as a user starts it, in a process of its own, for a bounded time.</summary>
internal static class EdgefaceProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The program of the configuration that the tests were built in.</summary>
    public static string Program { get; } = Path.Combine(
        Repository.Root, "src/EdgeFace.Agent/bin", Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!, "net10.0/edgeface.dll");

    public sealed record Result(int ExitCode, string Output, string Error)
    {
        public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static Result Run(params string[] arguments) => Finish(Start([], arguments));

    public static Result RunWith(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Finish(Start(environment, arguments));

    public static Process Start(IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("EDGEFACE_CONFIG");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Result Finish(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"edgeface did not end within {Limit}.");
            }

            return new Result(process.ExitCode, output.Result, error.Result);
        }
    }
}
