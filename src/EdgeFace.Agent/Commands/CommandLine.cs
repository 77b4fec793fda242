using System.CommandLine;
using EdgeFace.Core;

namespace EdgeFace.Agent.Commands;

/// <summary>The command line of <c>edgeface</c>.</summary>
internal static class CommandLine
{
    public static RootCommand Build(CommandContext context)
    {
        var common = new CommonOptions();
        var root = new RootCommand("EdgeFace: recognises faces on the camera board itself and reports visits over MQTT.")
        {
            RunCommand.Create(context, common),
            EnrollCommand.Create(context, common),
            GalleryCommand.Create(context, common),
            IdentifyCommand.Create(context, common),
            DetectCommand.Create(context, common),
            DoctorCommand.Create(context, common),
            ConfigCommand.Create(context, common),
            BenchCommand.Create(context, common),
            ReplayCommand.Create(context, common),
            SupportBundleCommand.Create(context, common),
            VersionCommand.Create(context, common),
        };
        return root;
    }

    /// <summary>Parses, runs, and turns what goes wrong into one clear line and an exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CommandContext context)
    {
        var parsed = Build(context).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await context.Error.WriteLineAsync($"edgeface: {error.Message}");
            await context.Error.WriteLineAsync($"edgeface: see '{HelpFor(parsed)}'");
            return ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                // Commands that outlive a signal handle it themselves; the others simply end.
                ProcessTerminationTimeout = null,
            });
        }
        catch (InputException exception)
        {
            await context.Error.WriteLineAsync($"edgeface: {exception.Message}");
            return ExitCode.BadInput;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            await context.Error.WriteLineAsync($"edgeface: {exception.Message}");
            return ExitCode.Failed;
        }
    }

    private static string HelpFor(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result is not null && result.Command is not RootCommand; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, result.Command.Name);
        return string.Join(' ', ["edgeface", .. names, "--help"]);
    }
}
