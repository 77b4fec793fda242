using Xunit;

namespace EdgeFace.TestKit;

/// <summary>A test that needs a program of the system; skipped with the reason where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool)
    {
        Tool = tool;
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, tool))))
            Skip = $"needs the program {tool}";
    }

    public string Tool { get; }
}
