using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>What a publisher has to say goes to its standard error, which the soak shows when something went wrong.</summary>
internal sealed class ErrorLogger : ILogger<Outbox>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format)
        => Console.Error.WriteLine($"{level} {id.Id} {format(state, exception)}");
}
