using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Server.Tests;

/// <summary>The program as it is started, in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private Process? _process;

    /// <param name="more">Further settings, such as <c>"store":{...}</c>.</param>
    public ServerProcess(string folder, string? more = null)
    {
        _folder = folder;
        Port = MosquittoBroker.FreePort();
        File.WriteAllText(
            Configuration,
            $$"""{"listen":["127.0.0.1:{{Port}}"],"limits":{"requests_per_minute":1000000},"data_folder":"data"{{(more is null ? "" : "," + more)}}}""");
    }

    /// <summary>The program of the configuration that the tests were built in.</summary>
    public static string Program { get; } = Path.Combine(
        Repository.Root, "src/EdgeFace.Server/bin", Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!,
        "net10.0/edgeface-server.dll");

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public string Configuration => Path.Combine(_folder, "server.json");

    public static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var process = Process.Start(Describe(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            Assert.Fail($"edgeface-server did not end within {Limit}.");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    public string NewKey(params string[] arguments)
    {
        var (code, output, error) = Run(["key", "create", "--config", Configuration, .. arguments]);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    /// <summary>What it has said on its standard error.</summary>
    public ConcurrentQueue<string> Said { get; } = [];

    public async Task StartAsync()
    {
        Launch();
        await ReadyAsync();
    }

    /// <param name="environment">Added to this process's.</param>
    public void Launch(params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = Describe("run", "--config", Configuration);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Said.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/readyz")).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!_process!.HasExited && TimeProvider.System.GetElapsedTime(begun) < Limit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>SIGTERM; waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public int Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(_process.WaitForExit(Limit), "edgeface-server does not end");
        var code = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return code;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is not null)
            Kill();
    }

    private static ProcessStartInfo Describe(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("EDGEFACE_SERVER_CONFIG");
        return start;
    }
}
