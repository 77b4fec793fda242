using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;

namespace EdgeFace.Agent.Remote;

/// <summary>Which settings differ.</summary>
internal static class SettingsDiff
{
    /// <summary>Paths as in <see cref="SettingCatalog"/>, in its order.</summary>
    public static List<string> Between(AgentOptions a, AgentOptions b)
    {
        var (left, right) = (ToNode(a), ToNode(b));
        return [.. SettingCatalog.All.Keys.Where(path => !JsonNode.DeepEquals(Find(left, path), Find(right, path)))];
    }

    private static JsonNode ToNode(AgentOptions options) => JsonSerializer.SerializeToNode(options, SettingsReader.JsonOptions)!;

    private static JsonNode? Find(JsonNode document, string path)
    {
        JsonNode? node = document;
        foreach (var name in path.Split('.'))
            node = node![name];
        return node;
    }
}
