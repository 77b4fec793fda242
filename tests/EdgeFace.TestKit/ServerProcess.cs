using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeFace.TestKit;

/// <summary>A server of a test as a child process: waited for until it serves, ended by its id, both bounded in time.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="limit">For the start and for the end.</param>
internal sealed partial class ServerProcess(string name, TimeSpan limit)
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private Process? _process;

    /// <summary>Started and not told to end.</summary>
    public bool IsStarted => _process is not null;

    /// <summary>It ended without being told to.</summary>
    public bool HasDied => _process is { HasExited: true };

    /// <summary>Waits until a process that was just started serves.</summary>
    /// <param name="log">What it has written, for the message of a failure.</param>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    /// <exception cref="TimeoutException">It does not serve.</exception>
    public void Await(Process process, Func<bool> serves, Func<string> log)
    {
        _process = process;
        var begun = TimeProvider.System.GetTimestamp();
        while (!serves())
        {
            if (process.HasExited)
                throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {log()}");
            if (TimeProvider.System.GetElapsedTime(begun) > limit)
                throw new TimeoutException($"{name} does not listen: {log()}");
            Thread.Sleep(10);
        }
    }

    /// <summary>Sends the signal and waits for the end; nothing when it was not started.</summary>
    public void End(int signal)
    {
        if (_process is not { } process)
            return;
        _process = null;
        using (process)
        {
            if (!process.HasExited)
                _ = kill(process.Id, signal);
            if (!process.WaitForExit(limit))
                process.Kill();
        }
    }

    /// <summary>Whether a port of the loopback takes connections.</summary>
    public static bool Accepts(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
