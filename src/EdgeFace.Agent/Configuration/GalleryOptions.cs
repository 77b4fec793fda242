using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>How the gallery is kept. This section can be changed in the file on the device alone.</summary>
internal sealed record GalleryOptions
{
    /// <summary>
    /// Key file that names and templates are encrypted with; default: systemd's credential <c>gallery-key</c> where there is one, else
    /// <c>gallery.key</c> in the data folder, which is made when it is missing.
    /// </summary>
    [StringLength(1024, MinimumLength = 1)]
    [Description("Key file that names and templates are encrypted with.")]
    [RestartRequired]
    public string? KeyFile { get; init; }

    /// <summary>
    /// Of a large gallery (20,000 templates), true leaves the templates encrypted in the snapshot file until a search wants them:
    /// about a quarter of the memory, more time a search; default false.
    /// </summary>
    [Description("Leaves the templates of a large gallery encrypted in the snapshot file until a search wants them.")]
    [RestartRequired]
    public bool DecryptOnUse { get; init; }

    [Remote(RemoteAccess.Signed)]
    [RestartRequired]
    public GalleryServerOptions Server { get; init; } = new();
}

/// <summary>The server whose people this board knows beside its own.</summary>
internal sealed record GalleryServerOptions
{
    /// <summary><c>https://host[:port]</c>, or <c>http://</c> to this machine; default: no server.</summary>
    [StringLength(1024, MinimumLength = 1)]
    [Description("Gallery server, https://host[:port].")]
    public string? Address { get; init; }

    /// <summary>File whose first line is the device's key; default: systemd's credential <c>gallery-server-key</c>.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? KeyFile { get; init; }

    /// <summary>Group of devices that this one belongs to; default <c>default</c>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string Group { get; init; } = "default";

    /// <summary>Seconds between questions; a message of the server brings one forward; default 60.</summary>
    [Range(EdgeFace.Gallery.Sync.SyncOptions.LeastPollSeconds, EdgeFace.Gallery.Sync.SyncOptions.MostPollSeconds)]
    public int PollSeconds { get; init; } = 60;

    /// <summary>Certificates trusted, PEM; default: the system's.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CaFile { get; init; }

    /// <summary>This board's certificate, PEM; default: none.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CertificateFile { get; init; }

    /// <summary>Its key, PEM.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? CertificateKeyFile { get; init; }
}
