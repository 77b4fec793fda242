using System.CommandLine;
using EdgeFace.Core;

namespace EdgeFace.Server.Commands;

/// <summary>The command line of <c>edgeface-server</c>.</summary>
internal static class CommandLine
{
    public const int Ok = 0;

    /// <summary>The work was understood and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration cannot be used.</summary>
    public const int BadInput = 2;

    public static RootCommand Build(CommandContext context) => new("EdgeFace's gallery server: people and templates for many boards.")
    {
        RunCommand.Create(context),
        KeyCommand.Create(context),
        EncryptionCommand.Create(context),
        MigrateCommand.Create(context),
        Sync.Simulation.SimulateCommand.Create(context),
        VersionCommand.Create(context),
    };

    /// <summary>Parses, runs, and turns what goes wrong into one clear line and an exit code.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, TimeProvider time)
    {
        var root = Build(new CommandContext(output, error, time));
        if (args.Length == 0)
        {
            await root.Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = error, Error = error });
            return BadInput;
        }

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors)
                await error.WriteLineAsync($"edgeface-server: {mistake.Message}");
            await error.WriteLineAsync("edgeface-server: see 'edgeface-server --help'");
            return BadInput;
        }

        try
        {
            // The server is a host, which handles signals; the other commands are short.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            });
        }
        catch (InputException exception)
        {
            await error.WriteLineAsync($"edgeface-server: {exception.Message}");
            return BadInput;
        }
        catch (Exception exception)
        {
            await error.WriteLineAsync($"edgeface-server: {Describe(exception)}");
            return Failed;
        }
    }

    private static string Describe(Exception exception)
    {
        var message = exception.Message.ReplaceLineEndings(" ");
        return exception is IOException or UnauthorizedAccessException or Storage.StoreRefusalException
            ? message
            : $"an unexpected failure, {exception.GetType().Name}: {message}";
    }
}
