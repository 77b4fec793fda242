using Microsoft.Extensions.Logging.Console;

namespace EdgeFace.Server.Hosting;

/// <summary>One line a message on the standard error; as systemd likes it under systemd.</summary>
internal static class ServerLogging
{
    public static void Configure(ILoggingBuilder builder, LogLevel least)
    {
        // The framework speaks of every request at information.
        builder.SetMinimumLevel(least).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
            builder.AddSystemdConsole();
        else
            builder.AddSimpleConsole(line => { line.SingleLine = true; line.TimestampFormat = "HH:mm:ss.fff "; line.UseUtcTimestamp = true; });
    }
}
