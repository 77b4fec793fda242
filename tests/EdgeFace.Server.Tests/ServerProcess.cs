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

    public ServerProcess(string folder)
    {
        _folder = folder;
        Port = MosquittoBroker.FreePort();
        File.WriteAllText(Configuration, $$"""{"listen":["127.0.0.1:{{Port}}"],"limits":{"requests_per_minute":1000000},"data_folder":"data"}""");
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
        using var process = Launch(arguments);
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

    public async Task StartAsync()
    {
        _process = Launch("run", "--config", Configuration);
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient { BaseAddress = Address };
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/readyz")).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!_process.HasExited && TimeProvider.System.GetElapsedTime(begun) < Limit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
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

    private static Process Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("EDGEFACE_SERVER_CONFIG");
        return Process.Start(start)!;
    }
}
