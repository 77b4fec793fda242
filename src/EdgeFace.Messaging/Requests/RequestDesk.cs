using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.Requests;

/// <summary>What a request cannot be answered with: a code after HTTP's, and one sentence.</summary>
public sealed class RequestException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

/// <summary>
/// Answers requests: <c>request/NAME</c> with <c>{"transaction": "...", ...}</c> is answered on <c>response/NAME</c>, or on
/// the request's own response topic, with <c>{"status", "data" or "error": {"code", "message"}, "transaction"}</c>.
/// </summary>
/// <param name="root">First level of the device's topics.</param>
/// <param name="device">Its name.</param>
/// <param name="handlers">For each name what gives the data; may throw <see cref="RequestException"/>.</param>
public sealed class RequestDesk(string root, string device, IReadOnlyDictionary<string, Func<JsonObject, JsonNode?>> handlers)
{
    /// <summary>Largest request, bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>Longest transaction, characters.</summary>
    public const int MaxTransaction = 128;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _prefix = Topics.Request(root, device, "");

    /// <summary>The filter to subscribe to.</summary>
    public string Filter => Topics.Request(root, device, "+");

    /// <summary>The answer; null for none: a retained message is no request, it would be carried out at every connection.</summary>
    public Answer? Handle(MqttMessage message)
    {
        if (message.Retained || !message.Topic.StartsWith(_prefix, StringComparison.Ordinal))
            return null;
        var name = message.Topic[_prefix.Length..];
        JsonNode? transaction = null;
        JsonObject response;
        try
        {
            var request = Read(message.Payload.Span);
            transaction = Transaction(request);
            if (!handlers.TryGetValue(name, out var handler))
                throw new RequestException(404, $"there is no such request; there are {string.Join(", ", handlers.Keys.Order(StringComparer.Ordinal))}");
            response = new JsonObject { ["status"] = "ok", ["data"] = handler(request) };
        }
        catch (RequestException exception)
        {
            response = new JsonObject { ["status"] = "error", ["error"] = new JsonObject { ["code"] = exception.Code, ["message"] = exception.Message } };
        }

        response["transaction"] = transaction;
        return new Answer(ResponseTopic(message, name), JsonSerializer.SerializeToUtf8Bytes(response, Json), message.CorrelationData);
    }

    // Nobody can make the device publish outside its own tree, with its own rights.
    private string ResponseTopic(MqttMessage message, string name)
        => message.ResponseTopic is { } wanted && wanted.StartsWith(root + "/", StringComparison.Ordinal) && wanted.IndexOfAny(['+', '#']) < 0
            && !wanted.StartsWith($"{root}/{device}/config/", StringComparison.Ordinal)
            ? wanted
            : Topics.Response(root, device, name);

    private static JsonObject Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return [];
        if (payload.Length > MaxBytes)
            throw new RequestException(413, $"{payload.Length} bytes are too many, at most {MaxBytes}");
        try
        {
            return JsonNode.Parse(payload, documentOptions: new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }) as JsonObject
                ?? throw new RequestException(400, "must be a JSON object, or empty");
        }
        catch (JsonException)
        {
            throw new RequestException(400, "not valid JSON");
        }
    }

    private static JsonNode? Transaction(JsonObject request)
    {
        try
        {
            if (request["transaction"] is not { } given)
                return null;
            if (given is JsonValue value && value.TryGetValue<string>(out var text) && text.Length <= MaxTransaction)
                return JsonValue.Create(text);
        }
        catch (InvalidOperationException)
        {
            // A text that is not valid Unicode; told below.
        }

        throw new RequestException(400, $"transaction must be a text of at most {MaxTransaction} characters");
    }
}
