using System.Diagnostics;
using System.Globalization;

namespace EdgeFace.TestKit.Soak;

/// <summary>
/// The publisher as a process that can be killed. It says <c>try CAMERA NUMBER</c> before it appends an event, <c>done CAMERA
/// NUMBER</c> when the outbox has it on disk, <c>end</c> after the last; it tries an event again until the outbox takes it, and lives
/// until it is killed.
/// </summary>
public sealed class SoakPublisher : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly SoakLedger _ledger;
    private readonly List<string> _errors = [];
    private volatile bool _ended;
    private volatile bool _killed;

    public SoakPublisher(ProcessStartInfo start, SoakLedger ledger)
    {
        _ledger = ledger;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All events are committed.</summary>
    public bool HasEnded => _ended;

    /// <summary>What it said before it died by itself; null while it lives or was killed.</summary>
    public string? Death => !_killed && _process.HasExited ? $"exit code {_process.ExitCode}: {Errors()}" : null;

    public string Errors()
    {
        lock (_errors)
            return string.Join('\n', _errors.TakeLast(20));
    }

    /// <summary>SIGKILL; what it had said is heard.</summary>
    public void Kill()
    {
        _killed = true;
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.WaitForExit(Limit);
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        switch (line?.Split(' '))
        {
            case ["try", var camera, var number]:
                _ledger.Try(Number(camera), Number(number));
                break;
            // A killed process may leave half a line; whole ones end with a full stop.
            case ["done", var camera, var number, "."]:
                _ledger.Commit(Number(camera), Number(number));
                break;
            case ["end"]:
                _ended = true;
                break;
        }
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_errors)
            _errors.Add(line);
    }
}
