using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;

namespace EdgeFace.Messaging.RemoteConfiguration.Cloud;

/// <summary>What a cloud holds as reported, and what is to be reported: told as the merge patch between them, for clouds merge.</summary>
internal sealed class CloudReport
{
    private JsonObject? _held;
    private JsonObject? _wanted;

    /// <summary>What the cloud holds became known (null: it holds nothing).</summary>
    public void Learn(JsonObject? held) => _held = held is null ? [] : (JsonObject)held.DeepClone();

    /// <summary>It is not known any more what the cloud holds.</summary>
    public void Forget() => _held = null;

    public void Want(ReadOnlySpan<byte> document) => _wanted = JsonNode.Parse(document)!.AsObject();

    /// <summary>The patch to send now; null when there is none, or when it is not known yet over what. Counts as held from then on.</summary>
    public JsonObject? Take()
    {
        if (_wanted is null || _held is null || MergePatch.Between(_held, _wanted) is not { } patch)
            return null;
        _held = (JsonObject)MergePatch.Apply(_held, patch)!;
        return patch;
    }

    public static JsonObject? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return StrictJson.Parse(payload, maxDepth: 24) as JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
