using System.CommandLine;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Logging;

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
            var file = parsed.GetValue(common.Config) ?? AgentConfiguration.DefaultFile();
            var overrides = common.OverridesOf(parsed) with
            {
                Source = parsed.GetValue(source),
                Camera = parsed.GetValue(camera),
                WithoutMqtt = parsed.GetValue(noMqtt),
            };
            var options = AgentConfiguration.Load(file, overrides);
            var document = file is null ? "{}"u8.ToArray() : AgentConfiguration.ReadFile(file);
            return RunAsync(context, new AgentLoop.Plan(
                file, document, overrides, options, parsed.GetValue(common.Verbose), parsed.GetValue(print), TimeSpan.FromSeconds(parsed.GetValue(duration))), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, AgentLoop.Plan plan, CancellationToken cancellation)
    {
        var options = plan.Options;
        DataFolders.Create(options.DataFolder);
        DataFolders.RequireWritable(options.DataFolder);
        var level = new LogLevelSwitch(LogLevel.Information);
        using var files = new FileLoggerProvider(DataFolders.Logs(options), options.Logging.FileMegabytes * 1_000_000L, context.Time);
        files.Use(options.Logging.File, options.Logging.FileMegabytes * 1_000_000L);
        using var loggers = context.MakeLoggers(level, files);
        return await new AgentLoop(context, plan, new AgentLoop.Logs(level, files), loggers).RunAsync(cancellation);
    }
}
