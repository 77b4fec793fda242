using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.Tests;

/// <summary>Keeps what is logged, for assertions.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly Lock _lock = new();
    private readonly List<(LogLevel Level, int Id, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, int Id, string Text)> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public IReadOnlyList<string> Of(int id) => [.. Lines.Where(line => line.Id == id).Select(line => line.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format)
    {
        lock (_lock)
            _lines.Add((level, id.Id, format(state, exception) + (exception is null ? "" : $" {exception}")));
    }
}
