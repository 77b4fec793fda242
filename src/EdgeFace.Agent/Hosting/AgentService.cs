using EdgeFace.Devices;

namespace EdgeFace.Agent.Hosting;

/// <summary>The agent as a hosted service: ready, alive and stopping are told to systemd where it asks.</summary>
internal sealed class AgentService(AgentRuntime runtime, MetricsFile metrics, IHostApplicationLifetime lifetime, TimeProvider time, TimeSpan duration)
    : BackgroundService
{
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
            SystemdNotifier.Watchdog();
            metrics.Write();
        }, null, interval, interval);
    }
}
