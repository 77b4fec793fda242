using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using Xunit.Sdk;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>
/// <c>edgeface</c> as its users run it: a process of its own, its two outputs kept line by line. Every wait is bounded,
/// and fails with what the process said.
/// </summary>
internal sealed partial class AgentProcess : IDisposable
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    /// <summary>What a service manager or a person would put up with, on a machine that has other work.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _out = [];
    private readonly List<string> _error = [];

    private AgentProcess(IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AgentOptions).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(_out, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_error, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Lines of the standard output so far.</summary>
    public IReadOnlyList<string> Out => Copy(_out);

    /// <summary>Lines of the log so far.</summary>
    public IReadOnlyList<string> Log => Copy(_error);

    /// <summary>The events printed so far; anything else on the standard output fails here.</summary>
    public IReadOnlyList<JsonNode> Events => [.. Out.Select(line => JsonNode.Parse(line)!)];

    /// <summary>Resident memory in bytes.</summary>
    public long Resident
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>Starts <c>edgeface run</c> with events on the standard output.</summary>
    public static AgentProcess Run(string configuration, params ReadOnlySpan<string> more) => new(["run", "--config", configuration, "--print-events", .. more]);

    public static AgentProcess Start(IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment) => new(arguments, environment);

    /// <summary>Runs a command to its end.</summary>
    public static (int ExitCode, string Out, string Error) Finish(params IEnumerable<string> arguments)
    {
        using var process = new AgentProcess(arguments);
        var code = process.End();
        return (code, string.Join('\n', process.Out), string.Join('\n', process.Log));
    }

    public void Signal(int signal) => Assert.Equal(0, kill(Id, signal));

    public void WaitFor(Func<bool> condition, string what, TimeSpan? limit = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > (limit ?? Patience))
                throw new XunitException($"Not in time: {what}.\n{Said()}");
            if (_process.HasExited && !condition())
                throw new XunitException($"The agent ended with {_process.ExitCode} before: {what}.\n{Said()}");
            Thread.Sleep(20);
        }
    }

    public void WaitForLog(string text, int times = 1) => WaitFor(() => CountLog(text) >= times, $"'{text}' {times} times in the log");

    public JsonNode WaitForEvent(Func<JsonNode, bool> wanted, string what)
    {
        JsonNode? found = null;
        WaitFor(() => (found = Events.FirstOrDefault(wanted)) is not null, what);
        return found!;
    }

    public int CountLog(string text) => Log.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits for the end, and gives the exit code.</summary>
    public int End(TimeSpan? limit = null)
    {
        if (!_process.WaitForExit(limit ?? Patience))
            throw new XunitException($"The agent did not end within {limit ?? Patience}.\n{Said()}");
        _process.WaitForExit(); // The last lines.
        return _process.ExitCode;
    }

    /// <summary>SIGTERM; the agent must end well and in time, and must have logged no error but the allowed ones.</summary>
    public void Stop(params string[] allowed)
    {
        Signal(SigTerm);
        Assert.Equal(0, End(TimeSpan.FromSeconds(10)));
        AssertNoErrors(allowed);
    }

    /// <summary>Fails for a line of level error or critical that holds none of the texts.</summary>
    public void AssertNoErrors(params string[] allowed)
    {
        var errors = Log.Where(line => line.Contains(" ERR ", StringComparison.Ordinal) || line.Contains(" CRIT ", StringComparison.Ordinal)
            || line.StartsWith("edgeface: ", StringComparison.Ordinal) || line.Contains("Unhandled exception", StringComparison.Ordinal));
        Assert.DoesNotContain(errors, line => !allowed.Any(text => line.Contains(text, StringComparison.Ordinal)));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(Patience);
        }

        _process.Dispose();
    }

    private string Said() => $"Log:\n{string.Join('\n', Log.TakeLast(40))}\nOutput:\n{string.Join('\n', Out.TakeLast(10))}";

    private void Keep(List<string> lines, string? line)
    {
        if (line is null)
            return;
        lock (_lock)
            lines.Add(line);
    }

    private List<string> Copy(List<string> lines)
    {
        lock (_lock)
            return [.. lines];
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
