using System.CommandLine;
using EdgeFace.Core;

namespace EdgeFace.Agent.Commands;

/// <summary>The command line of <c>edgeface</c>.</summary>
internal static class CommandLine
{
    /// <summary>How long a cancelled command may take to remove what it made for a while.</summary>
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(10);

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
        var root = Build(context);
        var parsed = root.Parse(args);
        if (args.Length == 0)
        {
            await root.Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = context.Error, Error = context.Error });
            return ExitCode.BadInput;
        }

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
                // The agent itself is a host, which handles signals. Of the others those that can be cancelled clean up
                // first; the rest simply end: what they write is there whole or not at all.
                ProcessTerminationTimeout = parsed.CommandResult.Command.Name == RunCommand.Name ? null : CleanUpTime,
            });
        }
        catch (InputException exception)
        {
            await context.Error.WriteLineAsync($"edgeface: {exception.Message}");
            return ExitCode.BadInput;
        }
        catch (OperationCanceledException)
        {
            await context.Error.WriteLineAsync("edgeface: cancelled.");
            return ExitCode.Failed;
        }
        catch (Exception exception)
        {
            // Whatever it is, the user gets one line; the stack is for those who ask for it.
            await context.Error.WriteLineAsync($"edgeface: {Describe(exception)}");
            if (args.Contains("--verbose") || args.Contains("-v"))
                await context.Error.WriteLineAsync(exception.ToString());
            return ExitCode.Failed;
        }
    }

    private static string Describe(Exception exception)
    {
        var message = exception.Message.ReplaceLineEndings(" ");
        return exception is IOException or UnauthorizedAccessException or DllNotFoundException
            ? message
            : $"an unexpected failure, {exception.GetType().Name}: {message} (run it again with --verbose for the details)";
    }

    private static string HelpFor(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result is not null && result.Command is not RootCommand; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, result.Command.Name);
        return string.Join(' ', ["edgeface", .. names, "--help"]);
    }
}
