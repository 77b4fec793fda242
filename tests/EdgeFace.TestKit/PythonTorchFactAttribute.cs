using System.Diagnostics;
using Xunit;

namespace EdgeFace.TestKit;

/// <summary>A test of models/training: skipped aloud where Debian's Python lacks torch, onnx, cv2, matplotlib or pytest.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonTorchFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> Missing = new(Look);

    public PythonTorchFactAttribute()
    {
        if (Missing.Value is { } reason)
            Skip = reason;
    }

    private static string? Look()
    {
        if (!File.Exists(Python))
            return $"needs {Python}";
        const string Code = "import importlib.util as u; print(*[n for n in ('torch', 'onnx', 'cv2', 'matplotlib', 'pytest') if u.find_spec(n) is None])";
        var start = new ProcessStartInfo(Python, ["-c", Code]) { RedirectStandardOutput = true };
        start.Environment.Remove("PYTHONPATH");
        using var python = Process.Start(start)!;
        var missing = python.StandardOutput.ReadToEnd().Trim();
        python.WaitForExit();
        return missing.Length == 0 ? null : $"needs python3 modules {missing} (Debian: python3-torch python3-onnx python3-opencv python3-matplotlib python3-pytest)";
    }
}
