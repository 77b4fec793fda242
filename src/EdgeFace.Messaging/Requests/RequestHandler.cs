using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.Requests;

/// <summary>What a kind of request does, and what it asks of those who send it.</summary>
/// <param name="Handle">Gives the data of the answer; throws <see cref="RequestException"/> to refuse.</param>
/// <param name="Members">What a request may hold beside its transaction.</param>
public sealed record RequestHandler(Func<JsonObject, JsonNode?> Handle, params IReadOnlyList<string> Members)
{
    /// <summary>Most bytes of a request that brings pictures.</summary>
    public const int MaxPictureBytes = 3 << 20;

    /// <summary>Most bytes of a request that brings none.</summary>
    public const int DefaultMaxBytes = 64 << 10;

    /// <summary>Most bytes of a request. Default <see cref="DefaultMaxBytes"/>.</summary>
    public int MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>It takes more than a moment: worked on apart, one after the other. Default false.</summary>
    public bool Slow { get; init; }

    /// <summary>
    /// It must not be done twice, not even when it is delivered again after a restart: needs a transaction, which is kept on
    /// disk. Default false.
    /// </summary>
    public bool Once { get; init; }

    /// <summary>Must be signed where the device has keys. Default false.</summary>
    public bool NeedsSignature { get; init; }

    /// <summary>What follows once the answer is on its way, if it is a good one. Default nothing.</summary>
    public Action? Afterwards { get; init; }
}
