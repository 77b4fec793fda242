using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests;

/// <summary>A test that needs the schema validator of <c>tests/schema</c>; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AjvFactAttribute : FactAttribute
{
    public AjvFactAttribute()
    {
        if (!Directory.Exists(Path.Combine(Repository.Root, "tests/schema/node_modules/ajv")))
            Skip = "needs the schema validator: (cd tests/schema && npm ci --ignore-scripts)";
    }
}
