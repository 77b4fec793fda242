using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Tests;

/// <summary>Keeps every line, with exceptions and values, at every level.</summary>
internal sealed class RecordingLogger : ILogger<GalleryStore>, ILogger<Gallery.Sync.SyncService>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : "";
        _lines.Enqueue((logLevel, $"{formatter(state, exception)} {values} {exception}"));
    }
}
