using Xunit;

namespace EdgeFace.TestKit;

/// <summary>A test that needs research data beside the checkout; skipped with the reason where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    /// <param name="relative">A path below <c>shared</c>, such as <c>data/lfw/pairs.txt</c>.</param>
    public SharedDataFactAttribute(string relative)
    {
        Relative = relative;
        if (SharedData.Path(relative) is null)
            Skip = $"needs {relative} in a folder 'shared' beside the checkout (or EDGEFACE_SHARED)";
    }

    public string Relative { get; }
}
