using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>Annotated pictures of visits. Off unless switched on: they show faces.</summary>
internal sealed record SnapshotOptions
{
    public bool Enabled { get; init; }

    /// <summary>Default: <c>snapshots</c> in the data folder.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? Folder { get; init; }

    /// <summary>Pictures kept, the oldest go first; default 200.</summary>
    [Range(1, 100_000)]
    public int KeepCount { get; init; } = 200;

    /// <summary>Hours that a picture is kept; default 72.</summary>
    [Range(1, 8_760)]
    public int KeepHours { get; init; } = 72;
}

/// <summary>Recordings of visits for <c>edgeface replay</c>. Off unless switched on: they hold faces.</summary>
internal sealed record RecordingOptions
{
    public bool Enabled { get; init; }

    /// <summary>Default: <c>recordings</c> in the data folder.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Remote(RemoteAccess.Signed)]
    public string? Folder { get; init; }

    /// <summary>Recordings kept, the oldest go first; default 50.</summary>
    [Range(1, 10_000)]
    public int KeepCount { get; init; } = 50;

    /// <summary>Hours that a recording is kept; default 24.</summary>
    [Range(1, 8_760)]
    public int KeepHours { get; init; } = 24;
}
