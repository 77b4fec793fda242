using Xunit;

namespace EdgeFace.TestKit;

/// <summary>A test that needs the films and pictures of the demo (<see cref="Clips"/>); skipped with the reason where they cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClipFactAttribute : FactAttribute
{
    public ClipFactAttribute() => Skip = Clips.WhyMissing is { } reason ? $"needs faces: {reason}" : null;
}
