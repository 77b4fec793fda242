using System.CommandLine;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface run</c>: the agent itself.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    /// <summary>46 days: timers count no further than 2^32 ms.</summary>
    private const int MaxDurationSeconds = 4_000_000;

    public static Command Create(CommandContext context, CommonOptions common)
    {
        var source = new Option<string?>("--source") { Description = "Watch this file, folder, rtsp:// address or /dev/videoN instead of the configured cameras.", HelpName = "SOURCE" };
        var camera = new Option<string?>("--camera") { Description = "Name of the camera of --source (default: camera1).", HelpName = "NAME" };
        var print = new Option<bool>("--print-events") { Description = "Print every event as a JSON line on the standard output." };
        var noMqtt = new Option<bool>("--no-mqtt") { Description = "Do without a broker." };
        var duration = new Option<double>("--duration") { Description = "Stop after so many seconds.", HelpName = "SECONDS" };
        CommonOptions.Limit(duration, 0.001, MaxDurationSeconds);
        var command = new Command(Name, "Watch the configured cameras until stopped, or until every file has ended.") { source, camera, print, noMqtt, duration };
        common.AddTo(command, json: false);
        command.SetAction((parsed, cancellation) =>
        {
            var options = AgentConfiguration.Load(parsed.GetValue(common.Config), common.OverridesOf(parsed) with
            {
                Source = parsed.GetValue(source),
                Camera = parsed.GetValue(camera),
                WithoutMqtt = parsed.GetValue(noMqtt),
            });
            var level = parsed.GetValue(common.Verbose) ? LogLevel.Debug : LevelOf(options.Logging.Level);
            return RunAsync(context, options, level, parsed.GetValue(print), TimeSpan.FromSeconds(parsed.GetValue(duration)), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context, AgentOptions options, LogLevel level, bool print, TimeSpan duration, CancellationToken cancellation)
    {
        DataFolders.Create(options.DataFolder);
        using var loggers = context.MakeLoggers(level, options.Logging.File ? DataFolders.Logs(options) : null, options.Logging.FileMegabytes * 1_000_000L);
        await using var runtime = await AgentRuntime.OpenAsync(options, print ? context.Out : null, observer: null, context.Time, loggers);

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(context.Time);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(runtime);
        builder.Services.AddSingleton<MetricsFile>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<AgentService>(services, duration));
        builder.Services.AddHostedService(services => services.GetRequiredService<AgentService>());
        // Longer than the drain: SIGTERM ends with every decided event delivered or kept.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = AgentRuntime.DrainTime + TimeSpan.FromSeconds(15));
        using var host = builder.Build();
        var service = host.Services.GetRequiredService<AgentService>();
        await host.RunAsync(cancellation);

        if (service.Failure is not { } failure)
            return runtime.LostEvents == 0 ? ExitCode.Ok : ExitCode.Failed;
        await context.Error.WriteLineAsync($"edgeface: {failure.Message}");
        return ExitCode.Failed;
    }

    private static LogLevel LevelOf(LogLevelOption level) => level switch
    {
        LogLevelOption.Debug => LogLevel.Debug,
        LogLevelOption.Warning => LogLevel.Warning,
        LogLevelOption.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
