using EdgeFace.Agent.Configuration;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Hosting;

/// <summary>Opens the gallery with the keys that the configuration, systemd or the data folder offers.</summary>
internal static class GalleryAccess
{
    /// <summary>Name of the key file when systemd hands it over (LoadCredential=, LoadCredentialEncrypted=).</summary>
    public const string Credential = "gallery-key";

    /// <exception cref="InputException">Gallery or key file cannot be used.</exception>
    public static GalleryStore Open(AgentOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        DataFolders.Create(options.DataFolder);
        return GalleryStore.Open(DataFolders.Gallery(options), time, loggers.CreateLogger<GalleryStore>(), Keys(options, time));
    }

    /// <summary>The gallery as it is now, compared as <c>run</c> compares: the same form of the templates, and so the same answer.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static IGallerySearch Search(AgentOptions options, GalleryStore store, string modelId)
        => new LiveSearch(store, modelId, options.Gallery.DecryptOnUse).Current;

    /// <summary>Where the keys are, or would be.</summary>
    public static string KeyFile(AgentOptions options) => options.Gallery.KeyFile ?? Handed() ?? Beside(options);

    /// <summary>Whether whoever copies the data folder has the key as well.</summary>
    public static bool IsBesideGallery(AgentOptions options)
        => Path.GetDirectoryName(Path.GetFullPath(KeyFile(options))) == Path.GetFullPath(options.DataFolder).TrimEnd('/');

    /// <summary>The keys. Only the file in the data folder is made when it is missing: another one may be on a disk that is not there yet.</summary>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static KeyRing Keys(AgentOptions options, TimeProvider time)
    {
        var file = KeyFile(options);
        if (File.Exists(file) || file != Beside(options))
            return KeyRing.Open(file, "edgeface gallery key create");
        if (GalleryStore.IsEncrypted(DataFolders.Gallery(options)))
            throw new InputException($"{file}: the gallery is encrypted and its key file is not there: put it back, or name the one that it was encrypted with (gallery.key_file).");
        try
        {
            return KeyRing.Create(file, time);
        }
        catch (InputException) when (File.Exists(file))
        {
            // Another command was faster.
            return KeyRing.Open(file);
        }
    }

    private static string Beside(AgentOptions options) => Path.Combine(options.DataFolder, "gallery.key");

    private static string? Handed()
    {
        if (Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is not { Length: > 0 } folder)
            return null;
        var file = Path.Combine(folder, Credential);
        return File.Exists(file) ? file : null;
    }
}
