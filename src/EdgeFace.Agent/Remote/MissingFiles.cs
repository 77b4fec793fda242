using EdgeFace.Agent.Configuration;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Agent.Remote;

/// <summary>Files and folders that changed settings name and that are not there: found out before the device stops for them.</summary>
internal static class MissingFiles
{
    public static IEnumerable<SettingFault> Of(AgentOptions options, List<string> changed)
        => Named(options).Where(named => changed.Contains(named.Setting) && named.Path is not null && !Path.Exists(named.Path))
            .Select(named => new SettingFault(named.Setting, $"there is no {named.Path} on the device"));

    private static IEnumerable<(string Setting, string? Path)> Named(AgentOptions options) =>
    [
        ("mqtt.username_file", options.Mqtt.UsernameFile),
        ("mqtt.password_file", options.Mqtt.PasswordFile),
        ("mqtt.tls.ca_file", options.Mqtt.Tls.CaFile),
        ("mqtt.tls.certificate_file", options.Mqtt.Tls.CertificateFile),
        ("mqtt.tls.key_file", options.Mqtt.Tls.KeyFile),
        ("gallery.server.key_file", options.Gallery.Server.KeyFile),
        ("gallery.server.ca_file", options.Gallery.Server.CaFile),
        ("gallery.server.certificate_file", options.Gallery.Server.CertificateFile),
        ("gallery.server.certificate_key_file", options.Gallery.Server.CertificateKeyFile),
        ("models.folder", options.Models.Folder),
        ("models.detector", Path.Combine(options.Models.Folder, options.Models.Detector)),
        ("models.landmarks", Path.Combine(options.Models.Folder, options.Models.Landmarks)),
        ("models.embedder", Path.Combine(options.Models.Folder, options.Models.Embedder)),
    ];
}
