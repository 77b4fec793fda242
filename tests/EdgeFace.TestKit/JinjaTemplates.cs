using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace EdgeFace.TestKit;

/// <summary>Templates of Home Assistant, rendered by the engine that it uses (Debian's python3-jinja2).</summary>
public static class JinjaTemplates
{
    private const string Python = "/usr/bin/python3";

    public static bool IsInstalled { get; } = File.Exists(Python) && Run("-c", "import jinja2").Code == 0;

    public static string Render(string template, string payload, string? state = null)
    {
        var (code, output) = Run(Path.Combine(Repository.Root, "tests/templates/render.py"), null, JsonSerializer.Serialize(new { template, payload, state }));
        return code == 0 ? JsonSerializer.Deserialize<string>(output)! : throw new InvalidOperationException($"The template {template} does not render: {output}");
    }

    private static (int Code, string Output) Run(string first, string? second, string input = "")
    {
        var start = new ProcessStartInfo(Python) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(first);
        if (second is not null)
            start.ArgumentList.Add(second);
        start.Environment.Remove("PYTHONPATH");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.WriteLine(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : error.Result);
    }
}

/// <summary>A test that needs Jinja2; skipped aloud where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JinjaFactAttribute : FactAttribute
{
    public JinjaFactAttribute()
    {
        if (!JinjaTemplates.IsInstalled)
            Skip = "needs python3-jinja2";
    }
}
