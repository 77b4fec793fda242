namespace EdgeFace.Agent.Configuration;

/// <summary>Whether anybody wants to see a visit.</summary>
internal static class PictureWishes
{
    /// <summary>The best frame of a visit is kept until its end: it takes memory.</summary>
    public static bool KeepsScenes(this AgentOptions options) => options.Snapshots.Enabled || options.Mqtt is { Enabled: true, Pictures.Enabled: true };
}
