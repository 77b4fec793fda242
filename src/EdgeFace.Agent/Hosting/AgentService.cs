using EdgeFace.Devices;

namespace EdgeFace.Agent.Hosting;

/// <summary>The agent as a hosted service: ready, alive and stopping are told to systemd where it asks.</summary>
internal sealed class AgentService(AgentRuntime runtime, MetricsFile metrics, IHostApplicationLifetime lifetime, TimeProvider time, TimeSpan duration)
    : BackgroundService
{
    /// <summary>What ended the agent, when it was not a signal.</summary>
    public Exception? Failure { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host's start must not wait for a camera.
        await Task.Yield();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await using var limit = duration > TimeSpan.Zero ? time.CreateTimer(_ => limited.Cancel(), null, duration, Timeout.InfiniteTimeSpan) : null;
        // Disposed of asynchronously: a tick under way must have ended before the runtime is closed.
        await using var alive = StartWatchdog();
        try
        {
            SystemdNotifier.Ready();
            await runtime.RunAsync(limited.Token);
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
        finally
        {
            SystemdNotifier.Stopping();
            metrics.Write();
            lifetime.StopApplication();
        }
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
