using EdgeFace.Devices.Native;

namespace EdgeFace.Devices.Tests;

/// <summary>A test that needs a program of the system; skipped with the reason where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool)
    {
        Tool = tool;
        if (ChildSpawner.Find(tool) is null)
            Skip = $"needs the program {tool}";
    }

    public string Tool { get; }
}
