using EdgeFace.Agent.Commands;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Logging;
using EdgeFace.Agent.Remote;
using EdgeFace.Agent.Requests;
using EdgeFace.Core;
using EdgeFace.Core.Systemd;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Agent.Hosting;

/// <summary>Runs of the agent in one process: another one follows when settings from afar change the connection itself.</summary>
internal sealed class AgentLoop(CommandContext context, AgentLoop.Plan plan, AgentLoop.Logs logs, ILoggerFactory loggers)
{
    /// <param name="File">The configuration file; null for none.</param>
    /// <param name="Document">Its content.</param>
    /// <param name="Options">As the file and the command line have them.</param>
    /// <param name="Verbose">The command line wants more logged, whatever is set.</param>
    /// <param name="Print">Events are printed.</param>
    /// <param name="Duration">Zero for no limit.</param>
    public sealed record Plan(
        string? File, ReadOnlyMemory<byte> Document, AgentConfiguration.Overrides Overrides, AgentOptions Options, bool Verbose, bool Print, TimeSpan Duration);

    /// <summary>What of the log can be changed while the agent runs.</summary>
    public sealed record Logs(LogLevelSwitch Level, FileLoggerProvider Files);

    private readonly long _started = context.Time.GetTimestamp();
    private Plan _plan = plan;

    /// <summary>What is to be run next, and what to go back to when it cannot be.</summary>
    private volatile Plan? _next;
    private Plan? _before;
    private volatile bool _leave;

    public async Task<int> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            if (await RunPlanAsync(stop) is { } code)
                return code;
            (_before, _plan, _next) = (_plan, _next!, null);
        }
    }

    /// <summary>Null when the file was read again and another plan is to follow.</summary>
    private async Task<int?> RunPlanAsync(CancellationToken stop)
    {
        using var remote = MakeRemote();
        while (true)
        {
            var options = remote?.Start() ?? _plan.Options;
            SetLevel(options);
            AgentRuntime runtime;
            try
            {
                runtime = await AgentRuntime.OpenAsync(options, _plan.Print ? context.Out : null, observer: null, context.Time, loggers);
            }
            catch (InputException exception) when (remote?.StartFailed(exception.Message) == true)
            {
                Log.ConfigurationGivenUp(loggers.CreateLogger("EdgeFace.Agent"), exception.Message);
                continue;
            }
            catch (InputException exception) when (_before is not null)
            {
                // A file that was read again must not end a device that was running.
                Log.ConfigurationGivenUp(loggers.CreateLogger("EdgeFace.Agent"), exception.Message);
                (_next, _before) = (_before, null);
                return null;
            }

            await using (runtime)
            {
                if (await RunOnceAsync(runtime, options, remote, stop) is { } code)
                    return code;
            }

            if (_next is not null)
                return null;
        }
    }

    /// <summary>Null when another run is to follow.</summary>
    private async Task<int?> RunOnceAsync(AgentRuntime runtime, AgentOptions options, RemoteControl? remote, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var host = MakeHost(runtime, options);
        var service = host.Services.GetRequiredService<AgentService>();
        if (remote is not null && runtime.Session is { } session)
        {
            remote.Attach(session, changed => Apply(runtime, changed), () => Restart(service, ending));
        }

        await using (Tell(runtime, options, service, ending))
            await host.RunAsync(ending.Token);
        remote?.Detach(failed: service.Failure is not null);
        if (service.Failure is { } failure)
        {
            await context.Error.WriteLineAsync($"edgeface: {failure.Message}");
            return ExitCode.Failed;
        }

        if (_leave && !stop.IsCancellationRequested)
            return ExitCode.Restart;
        if (service.IsRestarting && !stop.IsCancellationRequested)
            return null;
        return runtime.LostEvents == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Restart(AgentService service, CancellationTokenSource ending)
    {
        service.IsRestarting = true;
        // Not on this thread: it is the one that hands messages on, and the stop waits for it.
        _ = Task.Run(ending.Cancel, CancellationToken.None);
    }

    private DeviceTelling? Tell(AgentRuntime runtime, AgentOptions options, AgentService service, CancellationTokenSource ending)
    {
        if (runtime.Session is not { } session)
            return null;
        var reports = new DeviceReports(session, runtime, options, context.Time, loggers.CreateLogger("EdgeFace.Agent"));
        var actions = new DeviceRequests.Actions(reports.ReadHealth, logs.Level, () => Reload(service, ending), RestartBy(service, ending),
            runtime.Sync is { } sync ? () => GallerySync.Answer(sync) : null);
        return new DeviceTelling(reports, new DeviceRequests(session, runtime, options, actions, context.Time, loggers));
    }

    /// <exception cref="InputException">The file cannot be used; nothing has changed.</exception>
    private Action Reload(AgentService service, CancellationTokenSource ending)
    {
        var options = AgentConfiguration.Load(_plan.File, _plan.Overrides);
        KeyRing.Read(options.Remote.Keys.Select(key => (key.Id, key.File))).Dispose();
        var document = _plan.File is { } file ? AgentConfiguration.ReadFile(file) : _plan.Document;
        return () =>
        {
            _next = _plan with { Document = document, Options = options };
            Restart(service, ending);
        };
    }

    // Without a service manager nobody would start a process that has ended.
    private DeviceRequests.RestartAction RestartBy(AgentService service, CancellationTokenSource ending) => SystemdNotifier.IsActive
        ? new("service", () =>
        {
            _leave = true;
            _ = Task.Run(ending.Cancel, CancellationToken.None);
        })
        : new("run", () => Restart(service, ending));

    private RemoteControl? MakeRemote()
    {
        if (!_plan.Options.Mqtt.Enabled || !_plan.Options.Remote.Enabled)
            return null;
        var logger = loggers.CreateLogger("EdgeFace.Agent");
        var file = new ConfigurationFile(DataFolders.RemoteConfiguration(_plan.Options), logger);
        return new RemoteControl(new SettingsRules(_plan.Document, _plan.File, _plan.Overrides), file, context.Time, logger);
    }

    private void Apply(AgentRuntime runtime, AgentOptions options)
    {
        runtime.Apply(options);
        SetLevel(options);
    }

    private void SetLevel(AgentOptions options)
    {
        logs.Files.Use(options.Logging.File, options.Logging.FileMegabytes * 1_000_000L);
        logs.Level.Least = _plan.Verbose ? LogLevel.Debug : options.Logging.Level switch
        {
            LogLevelOption.Debug => LogLevel.Debug,
            LogLevelOption.Warning => LogLevel.Warning,
            LogLevelOption.Error => LogLevel.Error,
            _ => LogLevel.Information,
        };
    }

    private IHost MakeHost(AgentRuntime runtime, AgentOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        // Given as an instance, so that a host that ends leaves it to the next one.
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(context.Time);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(runtime);
        builder.Services.AddSingleton<MetricsFile>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<AgentService>(services, Left()));
        builder.Services.AddHostedService(services => services.GetRequiredService<AgentService>());
        // Longer than the drain: SIGTERM ends with every decided event delivered or kept.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = AgentRuntime.DrainTime + TimeSpan.FromSeconds(15));
        return builder.Build();
    }

    private TimeSpan Left()
    {
        if (_plan.Duration <= TimeSpan.Zero)
            return TimeSpan.Zero;
        var left = _plan.Duration - context.Time.GetElapsedTime(_started);
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
