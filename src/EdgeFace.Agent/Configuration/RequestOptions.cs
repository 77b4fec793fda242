using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>What the device may be asked over MQTT.</summary>
internal sealed record RequestOptions
{
    public const int MaxPerMinute = 6_000;

    /// <summary>
    /// Requests that are answered; default those that show no picture, name nobody and change nobody's access. <c>identify</c>,
    /// <c>enroll</c> and <c>snapshot</c> must be allowed by name.
    /// </summary>
    [MaxLength(16)]
    [Remote(RemoteAccess.Signed)]
    [RestartRequired]
    public IReadOnlyList<string> Allow { get; init; } = ["health", "log-level", "reload", "restart", "self-test", "gallery-sync"];

    /// <summary>Requests taken in a minute; further ones are refused with 429; default 60.</summary>
    [Range(1, MaxPerMinute)]
    [Remote(RemoteAccess.Open)]
    [RestartRequired]
    public int PerMinute { get; init; } = 60;
}
