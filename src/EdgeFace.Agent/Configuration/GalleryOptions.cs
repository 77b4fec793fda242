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
}
