using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EdgeFace.ThirdParty.OnnxRuntime;
using Microsoft.ML.OnnxRuntime;

namespace EdgeFace.Inference;

/// <summary>
/// ONNX Runtime in this process. Its telemetry is switched off before the native library loads, whoever comes first: the
/// variable <c>ORT_DISABLE_TELEMETRY</c> is set by a module initializer of this assembly and of the binding.
/// </summary>
public static class InferenceRuntime
{
    private static readonly Lazy<OrtEnv> Environment = new(CreateEnvironment);

    /// <summary>Version of the native library, as in <c>1.30.0</c>.</summary>
    public static string Version => Environment.Value.GetVersionString();

    /// <summary>What the native library can compute on, as in <c>CPUExecutionProvider</c>. Sessions use the CPU.</summary>
    public static IReadOnlyList<string> Providers => Environment.Value.GetAvailableProviders();

    /// <summary>Loads the native library now instead of with the first session.</summary>
    /// <exception cref="DllNotFoundException">The native library for this processor is not beside the program.</exception>
    public static void Prepare() => _ = Environment.Value;

    /// <summary>A native message made fit for one line.</summary>
    internal static string OneLine(string message)
    {
        var line = string.Join(' ', message.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 300 ? line : line[..300] + "...";
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "Nobody may be able to forget it.")]
    internal static void DisableTelemetry() => NativeSetup.Prepare();

    private static OrtEnv CreateEnvironment()
    {
        if (OrtEnv.IsCreated)
            return OrtEnv.Instance();
        // Its warnings speak of graphics cards that boards do not have; errors also come back as exceptions.
        var options = new EnvironmentCreationOptions { logId = "edgeface", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        var environment = OrtEnv.CreateInstanceWithOptions(ref options);
        environment.DisableTelemetryEvents();
        return environment;
    }
}
