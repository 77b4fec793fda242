using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

/// <summary>A test of minutes on research data: runs when EDGEFACE_FULL_ACCURACY is 1 (tests/run.sh --full accuracy).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FullAccuracyFactAttribute : FactAttribute
{
    public FullAccuracyFactAttribute(string relative)
    {
        if (Environment.GetEnvironmentVariable("EDGEFACE_FULL_ACCURACY") != "1")
            Skip = "takes minutes: tests/run.sh --full accuracy";
        else if (SharedData.Path(relative) is null || SharedData.Path("data/wider/val") is null)
            Skip = $"needs {relative} and data/wider in a folder 'shared' beside the checkout (or EDGEFACE_SHARED)";
    }
}
