using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Server.Configuration;

/// <summary>Configuration of the server: a JSON file with the same names, <c>snake_case</c>.</summary>
internal sealed record ServerOptions
{
    public const string DefaultFile = "/etc/edgeface/server.json";

    /// <summary>Addresses to listen on, <c>ip:port</c>; default 127.0.0.1:8321. Others than the loopback need TLS or a proxy.</summary>
    [MinLength(1)]
    [MaxLength(8)]
    public IReadOnlyList<string> Listen { get; init; } = ["127.0.0.1:8321"];

    /// <summary>Folder of the embedded store; default: systemd's state directory, else <c>edgeface-server</c> among the user's data.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string DataFolder { get; init; } = DefaultDataFolder();

    public StoreOptions Store { get; init; } = new();

    public LogOptions Logging { get; init; } = new();

    private static string DefaultDataFolder()
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state)
            return state.Split(':')[0];
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : "/var/lib", "edgeface-server");
    }
}

/// <summary>Where people, templates and revisions are kept.</summary>
internal sealed record StoreOptions
{
    /// <summary>Connection string of PostgreSQL, without a password; null: one SQLite file in the data folder; default null.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public string? Postgres { get; init; }

    /// <summary>File whose first line is PostgreSQL's password; null: none; default null.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? PostgresPasswordFile { get; init; }

    /// <summary>
    /// Key file under which names, consent references, templates and photos are sealed (<c>edgeface-server encryption create</c>);
    /// null: they stand in the store as they are; default null.
    /// </summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }

    /// <summary>Days that a removal is kept for boards that were away; one that was away longer begins anew; default 90.</summary>
    [Range(1, 3650)]
    public int TombstoneDays { get; init; } = 90;
}

internal enum LogLevelOption
{
    Debug,
    Information,
    Warning,
    Error,
}

internal sealed record LogOptions
{
    /// <summary>Default <see cref="LogLevelOption.Information"/>.</summary>
    public LogLevelOption Level { get; init; } = LogLevelOption.Information;
}
