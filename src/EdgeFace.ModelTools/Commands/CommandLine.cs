using System.CommandLine;
using EdgeFace.Core;

namespace EdgeFace.ModelTools.Commands;

/// <summary>The program's commands, and how their ends become exit codes.</summary>
internal static class CommandLine
{
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Prepares and measures the models of EdgeFace.")
        {
            CostCommand.Create(),
            FoldCommand.Create(),
            QuantizeCommand.Create(),
            EvaluateCommand.Create(),
            CompareCommand.Create(),
            PackageCommand.Create(),
            VersionCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"edgeface-models: {parsed.Errors[0].Message} (see --help)");
            return ExitCode.BadInput;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (InputException problem)
        {
            error.WriteLine($"edgeface-models: {problem.Message}");
            return ExitCode.BadInput;
        }
    }
}
