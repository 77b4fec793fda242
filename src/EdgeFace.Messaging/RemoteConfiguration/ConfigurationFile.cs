using System.Text.Json;
using EdgeFace.Core.IO;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>
/// Keeps the state in one file: written aside, flushed, renamed, the folder flushed. Whenever the power goes, the file
/// holds the state before or the one after, whole.
/// </summary>
public sealed class ConfigurationFile
{
    private const int Format = 1;
    private const int MaxFileBytes = 4 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly string _path;
    private readonly ILogger _logger;

    public ConfigurationFile(string path, ILogger logger)
    {
        _path = Path.GetFullPath(path);
        _logger = logger;
    }

    /// <summary>Steps of a write, for tests that cut the power after each.</summary>
    internal enum Step
    {
        Created,
        Written,
        Flushed,
        Renamed,
        FolderFlushed,
    }

    internal Action<Step>? After { get; set; }

    internal string Aside => _path + ".new";

    /// <summary>
    /// The state that was kept last; the initial one when there is none. One that is damaged or cannot be read is said to be,
    /// and keeps nobody from starting: a device without its remote settings is better than none.
    /// </summary>
    public ConfigurationState Load()
    {
        if (!File.Exists(_path))
            return ConfigurationState.Initial;
        try
        {
            var bytes = new FileInfo(_path).Length <= MaxFileBytes ? File.ReadAllBytes(_path) : [];
            var kept = JsonSerializer.Deserialize<Kept>(bytes, Json);
            if (kept is { Format: Format, State: { } state } && IsWhole(state))
                return state;
            File.Move(_path, _path + ".damaged", overwrite: true);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            File.Move(_path, _path + ".damaged", overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.RemoteStateNotRead(_logger, _path, exception.Message);
        }

        Log.RemoteStateDamaged(_logger, _path);
        return ConfigurationState.Initial with
        {
            Status = new(ConfigurationCode.Failed, "the kept remote configuration was damaged: the file configuration is in force"),
        };
    }

    /// <exception cref="IOException">It could not be written; the state before is still there.</exception>
    public void Save(ConfigurationState state)
    {
        try
        {
            using (var file = new FileStream(Aside, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = OwnerOnly }))
            {
                After?.Invoke(Step.Created);
                file.Write(JsonSerializer.SerializeToUtf8Bytes(new Kept(Format, state), Json));
                After?.Invoke(Step.Written);
                file.Flush(flushToDisk: true);
            }

            After?.Invoke(Step.Flushed);
            File.Move(Aside, _path, overwrite: true);
            After?.Invoke(Step.Renamed);
            FolderSync.Flush(Path.GetDirectoryName(_path)!);
            After?.Invoke(Step.FolderFlushed);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    // Every text inside must be an object, or a later step would stumble over it.
    private static bool IsWhole(ConfigurationState state)
    {
        if (state.Current is null || state.LastGood is null || state.Booted is null)
            return false;
        foreach (var settings in (VersionedSettings?[])[state.Current, state.LastGood, state.Booted, state.Fallback, state.Failed])
        {
            if (settings is not null)
                _ = settings.ReadPatch();
        }

        return state.Status is { Errors: not null, Description: not null } && state.RestartRequired is not null;
    }

    private sealed record Kept(int Format, ConfigurationState? State);
}
