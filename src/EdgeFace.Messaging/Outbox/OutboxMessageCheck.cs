using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>What a message must be, checked before it is stored: one the broker could never take would stay for ever.</summary>
internal static class OutboxMessageCheck
{
    public static void Demand(OutboxMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Refusal(message) is { } reason)
            throw new ArgumentException(reason, nameof(message));
    }

    private static string? Refusal(OutboxMessage message)
    {
        if (message.Id.Length is 0 or > OutboxMessage.MaxKeyLength)
            return $"A message's id has {message.Id.Length} characters, not 1 to {OutboxMessage.MaxKeyLength}.";
        if (message.OrderKey.Length > OutboxMessage.MaxKeyLength)
            return $"A message's order key has {message.OrderKey.Length} characters, more than {OutboxMessage.MaxKeyLength}.";
        if (!MosquittoLibrary.IsTopic(message.Topic))
            return $"'{message.Topic}' is not a topic to publish to.";
        if (message.Payload.Length > OutboxMessage.MaxPayloadBytes)
            return $"A message's payload has {message.Payload.Length} bytes, more than {OutboxMessage.MaxPayloadBytes}.";
        if (!Enum.IsDefined(message.Priority))
            return $"A message's priority {message.Priority} is none.";
        return message.Expiry < TimeSpan.Zero ? $"A message's expiry {message.Expiry} is negative." : null;
    }
}
