using System.CommandLine;
using EdgeFace.Inference;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Say which version this is, and of ONNX Runtime.");
        command.SetAction(parsed =>
        {
            var version = typeof(VersionCommand).Assembly.GetName().Version!;
            parsed.InvocationConfiguration.Output.WriteLine($"edgeface-models {version.ToString(3)} (ONNX Runtime {InferenceRuntime.Version})");
            return ExitCode.Success;
        });
        return command;
    }
}
