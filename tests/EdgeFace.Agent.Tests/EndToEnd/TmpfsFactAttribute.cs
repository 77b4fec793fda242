using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>A test that fills a disk: a small tmpfs of its own, which only root may mount. Skipped aloud elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute() => Skip = Clips.WhyMissing is { } reason ? $"needs faces: {reason}" : SmallDisk.WhyMissing;
}
