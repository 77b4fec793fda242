using System.Text.Json;
using EdgeFace.Agent.Hosting;

namespace EdgeFace.Agent.Remote;

/// <summary>
/// Remembers on disk which retained topics the device keeps at the broker, so that what is left of another name, another prefix or a
/// feature switched off can be taken back. Holds ids of people, never names.
/// </summary>
internal sealed class RetainedTopics(string file)
{
    private const int MostBytes = 1 << 20;

    /// <summary>Keeps the present topics; gives those that were kept before and are not among them.</summary>
    /// <exception cref="IOException">They cannot be kept.</exception>
    public IReadOnlyList<string> Replace(IReadOnlyCollection<string> present)
    {
        var former = Load();
        if (!former.SequenceEqual(present))
            PrivateFile.Write(file, stream => JsonSerializer.Serialize(stream, present));
        return [.. former.Where(topic => !present.Contains(topic))];
    }

    private string[] Load()
    {
        try
        {
            return File.Exists(file) && new FileInfo(file).Length <= MostBytes
                ? JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(file))?.Where(topic => !string.IsNullOrEmpty(topic)).ToArray() ?? []
                : [];
        }
        catch (JsonException)
        {
            // What is left at the broker then stays: better than a device that does not start.
            return [];
        }
    }
}
