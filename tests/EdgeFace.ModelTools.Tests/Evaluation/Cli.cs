using EdgeFace.ModelTools.Commands;

namespace EdgeFace.ModelTools.Tests.Evaluation;

/// <summary>The program, called in this process.</summary>
internal static class Cli
{
    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var code = CommandLine.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Exit code 2, nothing on standard output, and this as the last line of standard error.</summary>
    public static void Refused(string expected, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal("edgeface-models: " + expected, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
    }
}
