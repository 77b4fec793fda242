using System.Reflection;

namespace EdgeFace.Server;

/// <summary>Semantic version and git commit, compiled in.</summary>
internal static class ServerVersion
{
    static ServerVersion()
    {
        var informational = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var parts = informational.Split('+', 2);
        Version = parts[0];
        Commit = parts.Length > 1 ? parts[1] : null;
    }

    public static string Version { get; }

    /// <summary>Null when built outside a checkout.</summary>
    public static string? Commit { get; }

    public static string Full => Commit is null ? Version : $"{Version}+{Commit}";
}

