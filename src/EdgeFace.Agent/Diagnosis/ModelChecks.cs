using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>Loads the models as the agent would: hashes, shapes, and one run of each session's checks.</summary>
internal static class ModelChecks
{
    public static IEnumerable<CheckResult> Run(AgentOptions options)
    {
        try
        {
            using var models = AgentRuntime.LoadModels(options, NullLoggerFactory.Instance);
            return models.Packages.Select(Describe).ToList();
        }
        catch (InputException exception)
        {
            return [CheckResult.Failed("models", exception.Message, "install the models folder of this version again, or name it with --models")];
        }
        catch (DllNotFoundException exception)
        {
            return [CheckResult.Failed("models", exception.Message, "install the ONNX Runtime library of this version again")];
        }
    }

    private static CheckResult Describe(ModelPackage package)
    {
        var manifest = package.Manifest;
        var input = manifest.Kind == ModelKind.Detector ? $", input {manifest.Input.Width}x{manifest.Input.Height}" : "";
        return CheckResult.Ok($"model {manifest.Kind.ToString().ToLowerInvariant()}", $"{package.Id}, SHA-256 as its manifest says{input}");
    }
}
