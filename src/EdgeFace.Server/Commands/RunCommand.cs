using System.CommandLine;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Hosting;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server run</c>: the server itself.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("run", "Serve until stopped.") { context.Config, context.Data };
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, ParseResult parsed, CancellationToken cancellation)
    {
        var options = context.Load(parsed);
        var least = Enum.Parse<LogLevel>(options.Logging.Level.ToString());
        using var loggers = LoggerFactory.Create(builder => ServerLogging.Configure(builder, least));
        await using var store = await Stores.OpenAsync(options, context.Time, loggers, cancellation);
        await using var app = ServerHost.Build(options, store, context.Time, builder => ServerLogging.Configure(builder, least));
        // Before anybody is served: models that are missing are a mistake of the configuration.
        app.Services.GetRequiredService<FaceWorkshop>();
        await app.StartAsync(cancellation);
        Log.Started(loggers.CreateLogger(typeof(RunCommand).Namespace!), ServerVersion.Full, string.Join(", ", app.Urls));
        await app.WaitForShutdownAsync(cancellation);
        return CommandLine.Ok;
    }
}
