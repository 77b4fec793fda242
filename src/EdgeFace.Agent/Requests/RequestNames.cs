namespace EdgeFace.Agent.Requests;

/// <summary>The names of all requests.</summary>
internal static class RequestNames
{
    public const string Health = "health";
    public const string LogLevel = "log-level";
    public const string Identify = "identify";
    public const string Enroll = "enroll";
    public const string Snapshot = "snapshot";
    public const string Reload = "reload";
    public const string Restart = "restart";
    public const string SelfTest = "self-test";
    public const string GallerySync = "gallery-sync";

    public static IReadOnlyList<string> All { get; } = [Health, LogLevel, Identify, Enroll, Snapshot, Reload, Restart, SelfTest, GallerySync];
}
