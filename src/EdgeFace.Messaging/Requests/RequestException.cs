using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.Requests;

/// <summary>What a request cannot be answered with: a code after HTTP's (<see cref="RequestCode"/>), and one sentence.</summary>
/// <param name="details">What a program may want to know beside the sentence; null for nothing.</param>
public sealed class RequestException(int code, string message, JsonNode? details = null) : Exception(message)
{
    public int Code { get; } = code;

    public JsonNode? Details { get; } = details;
}

/// <summary>Codes of refused requests; <c>deploy/mqtt.md</c> says what each means to the one who asked.</summary>
public static class RequestCode
{
    public const int Bad = 400;
    public const int Forbidden = 403;
    public const int NotFound = 404;
    public const int Conflict = 409;
    public const int TooLarge = 413;

    /// <summary>Understood, but the content does not do: a picture without a face.</summary>
    public const int NotAcceptable = 422;

    /// <summary>Too many requests: later.</summary>
    public const int TooMany = 429;
    public const int Failed = 500;

    /// <summary>What it needs is not there at the moment.</summary>
    public const int Unavailable = 503;
}
