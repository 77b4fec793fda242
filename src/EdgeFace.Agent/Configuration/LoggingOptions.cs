using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

internal enum LogLevelOption
{
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>Log of the agent.</summary>
internal sealed record LoggingOptions
{
    /// <summary>Default <see cref="LogLevelOption.Information"/>.</summary>
    [Remote(RemoteAccess.Open)]
    public LogLevelOption Level { get; init; } = LogLevelOption.Information;

    /// <summary>Also writes JSON lines to <c>log/</c> in the data folder, for the support bundle; default true.</summary>
    [Remote(RemoteAccess.Open)]
    public bool File { get; init; } = true;

    /// <summary>Size of one log file; four are kept; default 2 MB.</summary>
    [Range(1, 256)]
    [Remote(RemoteAccess.Open)]
    public int FileMegabytes { get; init; } = 2;
}
