using System.Reflection;
using EdgeFace.Core.Events;

namespace EdgeFace.Agent;

/// <summary>Semantic version and git commit, compiled in.</summary>
internal static class AgentVersion
{
    static AgentVersion()
    {
        var informational = typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var parts = informational.Split('+', 2);
        Version = parts[0];
        Commit = parts.Length > 1 ? parts[1] : null;
    }

    public static string Version { get; }

    /// <summary>Null when built outside a checkout.</summary>
    public static string? Commit { get; }

    public static string Full => Commit is null ? Version : $"{Version}+{Commit}";

    public static VisitAgent ForEvents => new(Version, Commit);
}
