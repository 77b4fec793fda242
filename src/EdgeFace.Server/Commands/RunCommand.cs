using System.CommandLine;
using EdgeFace.Core;
using EdgeFace.Core.Systemd;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server run</c>: the server itself.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

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
        var logger = loggers.CreateLogger(typeof(RunCommand).Namespace!);
        await using var store = await OpenAsync(options, context.Time, loggers, logger, cancellation);
        await using var app = ServerHost.Build(options, store, context.Time, builder => ServerLogging.Configure(builder, least));
        // Before anybody is served: models that are missing are a mistake of the configuration.
        app.Services.GetRequiredService<FaceWorkshop>();
        await app.StartAsync(cancellation);
        Log.Started(logger, ServerVersion.Full, string.Join(", ", app.Urls));
        SystemdNotifier.Ready();
        SystemdNotifier.Status($"listens on {string.Join(", ", app.Urls)}");
        await using var announced = app.Lifetime.ApplicationStopping.Register(() => SystemdNotifier.Stopping());
        await app.WaitForShutdownAsync(cancellation);
        return CommandLine.Ok;
    }

    /// <summary>After the machine's start a database may take longer than the server: it is waited for.</summary>
    private static async Task<IGalleryStore> OpenAsync(ServerOptions options, TimeProvider time, ILoggerFactory loggers, ILogger logger, CancellationToken cancellation)
    {
        for (var pauses = new Backoff(FirstPause, LongestPause); ;)
        {
            try
            {
                return await Stores.OpenAsync(options, time, loggers, cancellation);
            }
            catch (InputException error) when (PostgresDialect.IsAway(error.InnerException))
            {
                if (pauses.IsFirst)
                    Log.StoreAwaited(logger, error.Message);
                SystemdNotifier.Status($"waits: {error.Message}");
                await Task.Delay(pauses.Next(), time, cancellation);
            }
        }
    }
}
