using System.Text;
using EdgeFace.Agent.Hosting;

namespace EdgeFace.Agent.Remote;

/// <summary>Remembers on disk where the device was announced, so that it can be taken back after any change of settings.</summary>
internal static class AnnouncedTopic
{
    /// <summary>Keeps the present topic (null for none); gives the one before if it is another.</summary>
    public static string? Exchange(string file, string? topic)
    {
        var former = File.Exists(file) ? File.ReadAllText(file) : null;
        if (former == topic)
            return null;
        if (topic is null)
            File.Delete(file);
        else
            PrivateFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(topic)));
        return string.IsNullOrEmpty(former) ? null : former;
    }
}
