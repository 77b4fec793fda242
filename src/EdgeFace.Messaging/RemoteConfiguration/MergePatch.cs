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

    /// <summary>The patch that leads from one object to another; null when they are equal. Members that are null count as missing.</summary>
    public static JsonObject? Between(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (name, _) in from.Where(member => member.Value is not null && to[member.Key] is null))
            patch[name] = null;
        foreach (var (name, wanted) in to.Where(member => member.Value is not null))
        {
            if (from[name] is JsonObject before && wanted is JsonObject after)
            {
                if (Between(before, after) is { } inner)
                    patch[name] = inner;
            }
            else if (!JsonNode.DeepEquals(from[name], wanted))
            {
                patch[name] = wanted!.DeepClone();
            }
        }

        return patch.Count > 0 ? patch : null;
    }

    /// <summary>Those members of a document that a patch names, as they are in the document.</summary>
    public static JsonObject Named(JsonObject document, JsonObject patch)
    {
        var named = new JsonObject();
        foreach (var (name, change) in patch)
        {
            if (document[name] is JsonObject inner && change is JsonObject changes)
                named[name] = Named(inner, changes);
            else
                named[name] = document[name]?.DeepClone();
        }

        return named;
    }
}
