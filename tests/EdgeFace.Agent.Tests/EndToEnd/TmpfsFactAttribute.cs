using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>A test that fills a disk: a small tmpfs of its own, which only root may mount. Skipped aloud elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(Try);

    public TmpfsFactAttribute() => Skip = Clips.WhyMissing is { } reason ? $"needs faces: {reason}" : Problem.Value;

    private static string? Try()
    {
        try
        {
            using var folder = new TemporaryFolder();
            using var disk = SmallDisk.Mount(folder.File("disk"), "64k");
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"needs to mount a small disk: {exception.Message}";
        }
    }
}
