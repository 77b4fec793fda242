using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Messaging.Requests;

/// <summary>
/// A signed request, in the envelope of signed settings: <c>{"payload", "signature", "key_id"}</c>, the payload being the text of the
/// request with the <c>device</c> and the <c>request</c> it is meant for and the time when it <c>expires</c>, so that it cannot be
/// played to another device, as another request, or again later.
/// </summary>
internal static class SignedRequest
{
    private static readonly string[] Envelope = ["payload", "signature", "key_id"];

    /// <summary>What a signed request holds beside what the request itself does.</summary>
    public static IReadOnlyList<string> Members { get; } = ["device", "request", "expires"];

    public static bool IsEnvelope(JsonObject request) => request.ContainsKey("signature");

    /// <exception cref="RequestException">The signature does not hold, or not for this.</exception>
    public static JsonObject Open(JsonObject envelope, KeyRing keys, string device, string name, DateTimeOffset now)
    {
        foreach (var (member, _) in envelope)
        {
            if (!Envelope.Contains(member))
                throw new RequestException(RequestCode.Bad, $"{member} is not known in a signed request; known are {string.Join(", ", Envelope)}");
        }

        var bytes = Encoding.UTF8.GetBytes(Text(envelope, "payload"));
        if (keys.WhyNotSigned(Text(envelope, "key_id"), bytes, Text(envelope, "signature")) is { } reason)
            throw new RequestException(RequestCode.Forbidden, $"signature: {reason}");
        var request = Parse(bytes);
        if (Text(request, "device") != device)
            throw new RequestException(RequestCode.Forbidden, $"device: the signed request must be for '{device}'");
        if (Text(request, "request") != name)
            throw new RequestException(RequestCode.Forbidden, $"request: the signed request must be for '{name}'");
        CheckTime(Text(request, "expires"), now);
        return request;
    }

    private static void CheckTime(string expires, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(expires, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until))
            throw new RequestException(RequestCode.Bad, "expires must be a time as 2026-01-02T03:04:05Z");
        if (until <= now || until > now + RequestJournal.Kept)
        {
            throw new RequestException(RequestCode.Forbidden, string.Create(CultureInfo.InvariantCulture,
                $"expires must lie within {RequestJournal.Kept.TotalMinutes:0} minutes from now; the device's clock says {now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        }
    }

    private static JsonObject Parse(byte[] payload)
    {
        try
        {
            return StrictJson.Parse(payload, RequestDesk.MaxDepth) as JsonObject ?? throw new RequestException(RequestCode.Bad, "payload must be the text of a JSON object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new RequestException(RequestCode.Bad, "payload is not valid JSON");
        }
    }

    private static string Text(JsonObject document, string member)
        => document[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new RequestException(RequestCode.Bad, $"{member} must be a text");
}
