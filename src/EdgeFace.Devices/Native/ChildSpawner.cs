using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace EdgeFace.Devices.Native;

/// <summary>
/// Starts children that do not outlive this program, not even when it is killed. The kernel's parent-death signal fires
/// when the *thread* that started the child ends, so all are started from one thread that lives as long as the program.
/// </summary>
internal static class ChildSpawner
{
    private static readonly BlockingCollection<Request> Requests = [];
    private static readonly Lazy<Thread> Spawner = new(StartThread);

    /// <summary>Starts <paramref name="executable"/> in a session of its own (Ctrl-C at the terminal does not reach it).</summary>
    /// <remarks>setsid and setpriv belong to util-linux and replace themselves with the next program: the process id stays.
    /// Where they are absent the child runs without; it then ends at its next write into the broken pipe.</remarks>
    public static Process Start(string executable, IReadOnlyList<string> arguments)
    {
        _ = Spawner.Value;
        using var request = new Request(StartInfo(executable, arguments));
        Requests.Add(request);
        request.Done.Wait();
        request.Failure?.Throw();
        return request.Started!;
    }

    /// <summary>The full path of a program, looked up in PATH when it has no slash; null when there is none.</summary>
    public static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    private static ProcessStartInfo StartInfo(string executable, IReadOnlyList<string> arguments)
    {
        List<string> line = [];
        if (Find("setsid") is { } setsid)
            line.Add(setsid);
        if (Find("setpriv") is { } setpriv)
            line.AddRange([setpriv, "--pdeathsig", "KILL", "--"]);
        line.Add(executable);
        line.AddRange(arguments);
        return new ProcessStartInfo(line[0], line.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
    }

    private static Thread StartThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "child spawner" };
        thread.Start();
        return thread;
    }

    private static void Run()
    {
        foreach (var request in Requests.GetConsumingEnumerable())
            request.Run();
    }

    private sealed class Request(ProcessStartInfo start) : IDisposable
    {
        public ManualResetEventSlim Done { get; } = new();

        public Process? Started { get; private set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Run()
        {
            try
            {
                Started = Process.Start(start);
            }
            catch (Exception failure)
            {
                Failure = ExceptionDispatchInfo.Capture(failure);
            }

            Done.Set();
        }

        public void Dispose() => Done.Dispose();
    }
}
