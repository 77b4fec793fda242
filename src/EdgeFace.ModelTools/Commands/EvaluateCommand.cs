using System.CommandLine;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models evaluate WHAT</c></summary>
internal static class EvaluateCommand
{
    public static Command Create() => new("evaluate", "Measure what models reach on labelled data.")
    {
        EvaluateDetectorCommand.Create(),
        EvaluateRecogniserCommand.Create(),
    };
}
