using System.Globalization;

namespace EdgeFace.Agent.Logging;

/// <summary>
/// One line a message on the standard error. Under systemd the line begins with the syslog level in angle brackets
/// and without a time, which the journal has already.
/// </summary>
internal sealed class LineLoggerProvider(TextWriter writer, TimeProvider time) : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly bool _journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var prefix = _journal
            ? string.Create(CultureInfo.InvariantCulture, $"<{Syslog(level)}>")
            : string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:HH:mm:ss.fff} {Short(level)} ");
        var line = prefix + (level <= LogLevel.Debug ? $"[{category}] " : "") + OneLine(message) + (exception is null ? "" : " " + OneLine(exception.ToString()));
        try
        {
            lock (_lock)
                writer.WriteLine(line);
        }
        catch (IOException)
        {
            // The standard error may be a file on a full disk: that costs the line, not the agent.
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" | ");

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Critical => "CRIT",
        LogLevel.Error => "ERR ",
        LogLevel.Warning => "WARN",
        LogLevel.Information => "INFO",
        _ => "DBG ",
    };

    private static int Syslog(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => provider.Write(logLevel, category, formatter(state, exception), exception);
    }
}
