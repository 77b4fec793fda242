using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>ajv, as tests/run.sh installs it.</summary>
internal static class SchemaValidator
{
    public static (int Code, string Output) Run(string schema, params IEnumerable<string> documents)
    {
        var folder = Path.Combine(Repository.Root, "tests", "schema");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "ajv")), "ajv is not installed: (cd tests/schema && npm ci --ignore-scripts)");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "validate.mjs"), schema])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = node.StandardError.ReadToEndAsync();
        foreach (var document in documents)
            node.StandardInput.WriteLine(document.ReplaceLineEndings(" "));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEnd();
        Assert.True(node.WaitForExit(TimeSpan.FromMinutes(1)));
        return (node.ExitCode, output + error.Result);
    }
}
