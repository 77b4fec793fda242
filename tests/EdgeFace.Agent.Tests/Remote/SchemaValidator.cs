using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>ajv, as tests/run.sh installs it.</summary>
internal static class SchemaValidator
{
    public static (int Code, string Output) Run(string schema, params IEnumerable<string> documents) => Run(schema, null, documents);

    /// <summary>All documents must fit; by a definition of a schema of the messaging project, or by the schema itself.</summary>
    public static void Demand(string schema, string? definition, params IEnumerable<string> documents)
    {
        var (code, complaints) = Run(Path.Combine(Repository.Root, "src/EdgeFace.Messaging/Schemas", schema), definition, documents);
        Assert.True(code == 0, $"{schema} {definition}: {complaints}{string.Join('\n', documents)}");
    }

    private static (int Code, string Output) Run(string schema, string? definition, IEnumerable<string> documents)
    {
        var folder = Path.Combine(Repository.Root, "tests", "schema");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "ajv")), "ajv is not installed: (cd tests/schema && npm ci --ignore-scripts)");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "validate.mjs"), schema, .. definition is null ? [] : (string[])[definition]])
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
