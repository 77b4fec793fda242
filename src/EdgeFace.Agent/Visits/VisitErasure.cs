using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core.Events;

namespace EdgeFace.Agent.Visits;

/// <summary>Takes a person who was erased out of events.</summary>
internal static class VisitErasure
{
    /// <summary>The event as it would be if the person had never been known.</summary>
    public static VisitEvent Anonymous(VisitEvent visitEvent)
        => visitEvent with { Person = null, Decision = VisitDecision.Unknown, Similarity = null };

    /// <summary>Where a message in Frigate's form may have a name.</summary>
    public static IReadOnlyList<string> FrigateMarks { get; } = ["\"sub_label\":[", "\"type\":\"face\""];

    /// <summary>A stored message in Frigate's form without a name: those messages do not say whose it is. Null when it is no such message.</summary>
    public static byte[]? RewriteFrigate(byte[] payload)
    {
        try
        {
            if (JsonNode.Parse(payload) is not JsonObject message)
                return null;
            foreach (var state in new[] { message["before"], message["after"] })
            {
                if (state is JsonObject tracked && tracked.ContainsKey("sub_label"))
                    tracked["sub_label"] = null;
            }

            if (message["type"] is JsonValue type && type.TryGetValue<string>(out var text) && text == "face")
                message["name"] = null;
            return JsonSerializer.SerializeToUtf8Bytes(message);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A stored event without these people; null when it names none of them.</summary>
    public static byte[]? Rewrite(byte[] payload, IReadOnlySet<Guid> people)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, VisitEventJson.Default.VisitEvent) is { Person: { } person } visitEvent && people.Contains(person.Id)
                ? VisitEventJson.Serialize(Anonymous(visitEvent))
                : null;
        }
        catch (JsonException)
        {
            // Not an event of a visit.
            return null;
        }
    }
}
