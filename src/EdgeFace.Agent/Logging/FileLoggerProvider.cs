using System.Text.Json;

namespace EdgeFace.Agent.Logging;

/// <summary>
/// JSON lines in <c>edgeface.log</c>, for the support bundle: a bounded size, three older files kept. Boards without a
/// persistent journal have no other log after a restart.
/// </summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    public const int OlderFiles = 3;

    private readonly string _path;
    private readonly string _folder;
    private long _maxBytes;
    private bool _enabled = true;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private FileStream? _file;
    private bool _disposed;

    public FileLoggerProvider(string folder, long maxBytes, TimeProvider time)
    {
        _folder = folder;
        _path = Path.Combine(folder, "edgeface.log");
        _maxBytes = maxBytes;
        _time = time;
    }

    /// <summary>From now on lines are written, or not, in files of this size.</summary>
    public void Use(bool enabled, long maxBytes)
    {
        lock (_lock)
        {
            (_enabled, _maxBytes) = (enabled, maxBytes);
            if (enabled)
                return;
            _file?.Dispose();
            _file = null;
        }
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _file?.Dispose();
            _file = null;
        }
    }

    private void Write(LogLevel level, EventId id, string category, string message, Exception? exception)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(new LogLine(
            _time.GetUtcNow().UtcDateTime, level.ToString(), category, id.Id, message, exception?.ToString()));
        try
        {
            lock (_lock)
            {
                if (_disposed || !_enabled)
                    return;
                if (_file is null)
                    Directory.CreateDirectory(_folder);
                _file ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
                if (_file.Length + line.Length > _maxBytes)
                    Rotate();
                _file!.Write(line);
                _file.WriteByte((byte)'\n');
                _file.Flush();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk costs the log file, not the agent; the standard error still has the line.
        }
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (var i = OlderFiles; i > 0; i--)
        {
            var newer = i == 1 ? _path : $"{_path}.{i - 1}";
            if (File.Exists(newer))
                File.Move(newer, $"{_path}.{i}", overwrite: true);
        }

        _file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    private sealed record LogLine(DateTime Time, string Level, string Category, int Event, string Message, string? Exception);

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => provider.Write(logLevel, eventId, category, formatter(state, exception), exception);
    }
}
