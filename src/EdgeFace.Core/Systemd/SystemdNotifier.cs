using System.Globalization;

namespace EdgeFace.Core.Systemd;

/// <summary>
/// Tells systemd how the service fares (sd_notify(3), Type=notify). Every call does nothing and returns false where
/// NOTIFY_SOCKET is not set; none throws. Safe from any thread.
/// </summary>
public static class SystemdNotifier
{
    /// <summary>Longest status line in characters; longer ones are cut.</summary>
    public const int MaxStatusLength = 200;

    private static readonly NotifySocket Socket = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    /// <summary>Whether the service manager wants to be told.</summary>
    public static bool IsActive => Socket.IsSet;

    /// <summary>
    /// Time within which <see cref="Watchdog"/> has to be called, else systemd kills the service; call it at half of
    /// this. Null when no watchdog is set for this process.
    /// </summary>
    public static TimeSpan? WatchdogInterval { get; } = ParseWatchdog(
        Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);

    public static bool Ready() => Socket.Send("READY=1");

    public static bool Stopping() => Socket.Send("STOPPING=1");

    public static bool Watchdog() => Socket.Send("WATCHDOG=1");

    /// <summary>One line that `systemctl status` shows.</summary>
    public static bool Status(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Socket.Send(StatusMessage(text));
    }

    /// <summary>A line break would begin another assignment, such as MAINPID=.</summary>
    internal static string StatusMessage(string text)
    {
        var line = text.Length > MaxStatusLength ? text[..MaxStatusLength] : text;
        return "STATUS=" + line.ReplaceLineEndings(" ");
    }

    internal static TimeSpan? ParseWatchdog(string? microseconds, string? forProcess, int process)
    {
        if (forProcess is { Length: > 0 } && forProcess != process.ToString(CultureInfo.InvariantCulture))
            return null;
        return long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? TimeSpan.FromMicroseconds(value)
            : null;
    }
}
