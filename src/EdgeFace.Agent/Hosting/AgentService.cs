using EdgeFace.Core.Systemd;

namespace EdgeFace.Agent.Hosting;

/// <summary>The agent as a hosted service: ready, alive and stopping are told to systemd where it asks.</summary>
internal sealed class AgentService(
    AgentRuntime runtime, MetricsFile metrics, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AgentService> logger, TimeSpan duration)
    : BackgroundService
{
    /// <summary>A stage may always take so long for one item, however short the watchdog's time is.</summary>
    public static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(5);

    private string? _hung;

    /// <summary>What ended the agent, when it was not a signal.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Another run follows in this process: the service manager is not told of an end.</summary>
    public bool IsRestarting { get; set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host's start must not wait for a camera.
        await Task.Yield();
        using var limit = new CancellationTokenSource(duration > TimeSpan.Zero ? duration : Timeout.InfiniteTimeSpan, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        using var announced = limited.Token.Register(TellStopping);
        // Disposed of asynchronously: a tick under way must have ended before the runtime is closed.
        await using var alive = StartWatchdog();
        try
        {
            SystemdNotifier.Ready();
            await runtime.RunAsync(limited.Token);
            // Every source has ended by itself: the service manager has not been told yet.
            if (!limited.IsCancellationRequested)
                TellStopping();
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
        finally
        {
            metrics.Write();
            lifetime.StopApplication();
        }
    }

    private void TellStopping()
    {
        if (!IsRestarting)
            SystemdNotifier.Stopping();
    }

    private ITimer StartWatchdog()
    {
        var interval = SystemdNotifier.WatchdogInterval is { } watchdog ? watchdog / 2 : MetricsFile.Interval;
        return time.CreateTimer(_ =>
        {
            if (GetsOn(interval))
                SystemdNotifier.Watchdog();
            metrics.Write();
        }, null, interval, interval);
    }

    /// <summary>A hung stage is not pinged for: the service manager ends the process and starts it again.</summary>
    internal bool GetsOn(TimeSpan interval)
    {
        var hung = runtime.FindHung(interval > LeastPatience ? interval : LeastPatience);
        if (hung is not null && hung != _hung)
            Log.StageHung(logger, hung);
        _hung = hung;
        return hung is null;
    }
}
