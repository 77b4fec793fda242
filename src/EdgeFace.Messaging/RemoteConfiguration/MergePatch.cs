using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>JSON merge patch, RFC 7396: objects are merged member by member, null removes, everything else replaces.</summary>
public static class MergePatch
{
    /// <summary>The document with the patch over it; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? document, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = document is JsonObject target ? (JsonObject)target.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
                result.Remove(name);
            else
                result[name] = Apply(result.TryGetPropertyValue(name, out var old) ? old : null, change);
        }

        return result;
    }
}
