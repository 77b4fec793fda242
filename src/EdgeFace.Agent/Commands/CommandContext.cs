using System.Text.Json;
using EdgeFace.Agent.Logging;
using EdgeFace.Devices;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary>
/// What commands share: the program's own output (what native libraries print goes elsewhere), the clock, and how
/// results, progress and logs are shown.
/// </summary>
internal sealed class CommandContext(TextWriter output, TextWriter error, bool outIsTerminal, bool errorIsTerminal, NativeOutput? native, TimeProvider time)
{
    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    public TimeProvider Time { get; } = time;

    /// <summary>For people: tables on the standard output.</summary>
    public IAnsiConsole Console { get; } = MakeConsole(output, outIsTerminal);

    /// <summary>For progress: on the standard error, and only where somebody watches.</summary>
    public IAnsiConsole ErrorConsole { get; } = MakeConsole(error, errorIsTerminal);

    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>Exactly one JSON document on the standard output.</summary>
    public void WriteJson(object result) => Out.WriteLine(JsonSerializer.Serialize(result, SettingsReader.JsonOptions));

    /// <summary>The log on the standard error (as systemd likes it, under systemd), and in files where a folder is given.</summary>
    public ILoggerFactory MakeLoggers(LogLevel least, string? folder = null, long fileBytes = 0)
        => MakeLoggers(new LogLevelSwitch(least), folder is null ? null : new FileLoggerProvider(folder, fileBytes, Time));

    /// <summary>The same, with a level that can be changed.</summary>
    public ILoggerFactory MakeLoggers(LogLevelSwitch level, FileLoggerProvider? files)
    {
        var loggers = LoggerFactory.Create(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Trace).AddFilter(least => least >= level.Least).AddFilter("Microsoft", LogLevel.Warning).AddProvider(new LineLoggerProvider(Error, Time));
            if (files is not null)
                builder.AddProvider(files);
        });
        native?.ForwardTo(loggers.CreateLogger(NativeOutput.Category));
        return loggers;
    }

    /// <summary>Runs steps with a bar on a terminal, in silence elsewhere.</summary>
    public void WithProgress(string what, int count, Action<Action> work)
    {
        if (!ErrorIsTerminal || count < 2)
        {
            work(static () => { });
            return;
        }

        ErrorConsole.Progress().AutoClear(true).Start(progress =>
        {
            var task = progress.AddTask(what, maxValue: count);
            work(() => task.Increment(1));
        });
    }

    private static IAnsiConsole MakeConsole(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        // Piped output is read by programs and by grep: tables are not squeezed into an imagined 80 columns.
        if (!isTerminal)
            console.Profile.Width = 240;
        return console;
    }
}
