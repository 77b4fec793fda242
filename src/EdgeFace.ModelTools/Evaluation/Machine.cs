using System.Runtime.InteropServices;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Processor, number of cores and architecture, as in <c>Cortex-A76, 4 cores, arm64</c>.</summary>
    public static string Describe()
        => $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string Processor()
    {
        const string cpuInfo = "/proc/cpuinfo";
        if (!File.Exists(cpuInfo))
            return "unknown processor";
        // x64 says "model name", boards with a device tree "Model".
        var line = File.ReadLines(cpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal) || line.StartsWith("Model", StringComparison.Ordinal));
        return line is null ? "unknown processor" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
