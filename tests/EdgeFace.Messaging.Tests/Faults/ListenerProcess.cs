using System.Diagnostics;
using System.Globalization;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>A <see cref="ListenerProgram"/>.</summary>
internal sealed class ListenerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _faults = [];
    private readonly List<string> _errors = [];
    private long _connections;

    public ListenerProcess(IEnumerable<int> ports)
    {
        var start = ChildProcess.Describe([.. ports.Select(port => port.ToString(CultureInfo.InvariantCulture)).Prepend("listen")]);
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public long Connections => Interlocked.Read(ref _connections);

    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>What a process that has ended said last.</summary>
    public string Ending
    {
        get
        {
            _process.WaitForExit();
            lock (_lock)
                return string.Join('\n', _errors.TakeLast(20));
        }
    }

    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line?.StartsWith("alive ", StringComparison.Ordinal) == true)
            Interlocked.Exchange(ref _connections, long.Parse(line.AsSpan(6), CultureInfo.InvariantCulture));
        else
            Keep(_faults, line);
    }

    private void Keep(List<string> lines, string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        lock (_lock)
            lines.Add(line);
    }
}
