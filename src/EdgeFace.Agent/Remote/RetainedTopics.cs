using System.Text.Json;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;

namespace EdgeFace.Agent.Remote;

/// <summary>
/// Remembers on disk which retained topics the device keeps at which broker, so that what is left of another name, another prefix, a
/// feature switched off or another broker can be taken back. Holds ids of people, never names. Safe to use from several threads.
/// </summary>
internal sealed class RetainedTopics(string file)
{
    private const int MostBytes = 1 << 20;
    private const int MostBrokers = 8;

    // Several of them write the same file.
    private static readonly Lock Gate = new();

    /// <summary>What a broker is known by here: all addresses that stand for it.</summary>
    public static string BrokerOf(AgentOptions options) => string.Join(',', options.Mqtt.Servers);

    /// <summary>Keeps the present topics of a broker; gives those that were kept there before and are not among them.</summary>
    /// <exception cref="IOException">They cannot be kept.</exception>
    public IReadOnlyList<string> Replace(string broker, IReadOnlyCollection<string> present)
    {
        lock (Gate)
        {
            var kept = Load();
            var former = kept.GetValueOrDefault(broker) ?? [];
            if (!kept.ContainsKey(broker) && kept.Count >= MostBrokers)
                kept.Remove(kept.Keys.First());
            if (!former.SequenceEqual(present) || !kept.ContainsKey(broker))
                Save(kept, broker, [.. present]);
            return [.. former.Where(topic => !present.Contains(topic))];
        }
    }

    /// <summary>What is kept at a broker.</summary>
    public IReadOnlyList<string> At(string broker)
    {
        lock (Gate)
            return Load().GetValueOrDefault(broker) ?? [];
    }

    /// <summary>Nothing is kept at a broker any more.</summary>
    /// <exception cref="IOException">It cannot be written down.</exception>
    public void Forget(string broker)
    {
        lock (Gate)
        {
            var kept = Load();
            if (kept.ContainsKey(broker))
                Save(kept, broker, null);
        }
    }

    private void Save(Dictionary<string, string[]> kept, string broker, string[]? topics)
    {
        // The newest last: the oldest go first.
        kept.Remove(broker);
        var next = kept.ToList();
        if (topics is not null)
            next.Add(new(broker, topics));
        PrivateFile.Write(file, stream => JsonSerializer.Serialize(stream, next.ToDictionary()));
    }

    private Dictionary<string, string[]> Load()
    {
        try
        {
            return File.Exists(file) && new FileInfo(file).Length <= MostBytes
                ? (JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllBytes(file)) ?? [])
                    .Where(entry => entry.Value is not null)
                    .ToDictionary(entry => entry.Key, entry => entry.Value.Where(topic => !string.IsNullOrEmpty(topic)).ToArray())
                : [];
        }
        catch (JsonException)
        {
            // What is left at the broker then stays: better than a device that does not start.
            return [];
        }
    }
}
