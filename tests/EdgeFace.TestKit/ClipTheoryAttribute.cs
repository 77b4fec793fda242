using Xunit;

namespace EdgeFace.TestKit;

/// <summary>As <see cref="ClipFactAttribute"/>, for a test with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClipTheoryAttribute : TheoryAttribute
{
    public ClipTheoryAttribute() => Skip = Clips.WhyMissing is { } reason ? $"needs faces: {reason}" : null;
}
