using EdgeFace.Agent.Configuration;
using EdgeFace.Core;

namespace EdgeFace.Agent.Hosting;

/// <summary>What lies where in the data folder.</summary>
internal static class DataFolders
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static string Gallery(AgentOptions options) => Path.Combine(options.DataFolder, "gallery.db");

    public static string Outbox(AgentOptions options) => Path.Combine(options.DataFolder, "outbox.db");

    public static string RemoteConfiguration(AgentOptions options) => Path.Combine(options.DataFolder, "remote-configuration.json");

    /// <summary>Requests that must not be done twice.</summary>
    public static string Requests(AgentOptions options) => Path.Combine(options.DataFolder, "requests.json");

    /// <summary>Retained topics that the device keeps at the broker.</summary>
    public static string RetainedTopics(AgentOptions options) => Path.Combine(options.DataFolder, "retained-topics.json");

    public static string Snapshots(AgentOptions options) => options.Snapshots.Folder ?? Path.Combine(options.DataFolder, "snapshots");

    public static string Recordings(AgentOptions options) => options.Recordings.Folder ?? Path.Combine(options.DataFolder, "recordings");

    public static string GalleryPages(AgentOptions options) => Path.Combine(options.DataFolder, "gallery-sync");

    public static string Logs(AgentOptions options) => Path.Combine(options.DataFolder, "log");

    public static string Metrics(AgentOptions options) => Path.Combine(options.DataFolder, "metrics.json");

    /// <summary>Makes the folder, for its owner alone, when it is not there.</summary>
    /// <exception cref="InputException">It cannot be made.</exception>
    public static void Create(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the data folder cannot be made ({exception.Message}); name another with data_folder or --data.", exception);
        }
    }
    /// <summary>
    /// Finds out whether the folder can be written before anything is opened in it. A card that has gone read-only is no mistake of the
    /// configuration: the service manager shall try again.
    /// </summary>
    /// <exception cref="IOException">It cannot.</exception>
    public static void RequireWritable(string folder)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(folder, ".writable"), new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var reason = (exception.InnerException ?? exception).Message;
            throw new IOException($"{folder}: the data folder cannot be written ({reason}); check the rights, and whether the disk has become read-only.", exception);
        }
    }
}
