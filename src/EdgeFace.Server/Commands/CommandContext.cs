using System.CommandLine;
using System.Text.Json;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Commands;

/// <summary>What commands share.</summary>
internal sealed class CommandContext(TextWriter output, TextWriter error, TimeProvider time)
{
    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    public TimeProvider Time { get; } = time;

    public Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = $"Configuration file (default: EDGEFACE_SERVER_CONFIG, else {ServerOptions.DefaultFile} if it exists).",
        HelpName = "FILE",
    };

    public Option<string?> Data { get; } = new("--data") { Description = "Data folder, instead of the configuration's data_folder.", HelpName = "FOLDER" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text." };

    public ServerOptions Load(ParseResult parsed) => ServerConfiguration.Load(parsed.GetValue(Config), parsed.GetValue(Data));

    /// <summary>Exactly one JSON document on the standard output.</summary>
    public void WriteJson(object result) => Out.WriteLine(JsonSerializer.Serialize(result, SettingsReader.JsonOptions));

    /// <summary>The store for a short command, with warnings on the standard error.</summary>
    public async Task<T> WithStoreAsync<T>(ParseResult parsed, Func<IGalleryStore, Task<T>> work, CancellationToken cancellation)
    {
        using var loggers = LoggerFactory.Create(builder => ServerLogging.Configure(builder, LogLevel.Warning));
        await using var store = await Stores.OpenAsync(Load(parsed), Time, loggers, cancellation);
        return await work(store);
    }
}
