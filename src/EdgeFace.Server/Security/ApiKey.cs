using System.Buffers.Text;
using System.Security.Cryptography;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Security;

/// <summary>
/// A key as its holder has it: <c>efk_ID_SECRET</c>, the id 12 hex digits, the secret 256 random bits as base64url. The id finds
/// the key, the secret proves it.
/// </summary>
/// <remarks>
/// Kept is SHA-256 of the secret, without salt and without stretching: those slow down guessing of what people choose. Of 256
/// random bits nothing can be guessed, whatever a guess costs, and no two keys are the same.
/// </remarks>
internal static class ApiKey
{
    public const string Prefix = "efk_";
    private const int IdBytes = 6;
    private const int SecretBytes = 32;

    /// <summary>The longest that is looked at.</summary>
    private const int MaxLength = 100;

    /// <summary>Makes a key. The text is shown once and kept nowhere.</summary>
    public static (string Text, KeyRecord Record) Create(Role role, string? deviceId, string label, TimeProvider time)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        return ($"{Prefix}{id}_{Base64Url.EncodeToString(secret)}", new KeyRecord(id, role, SHA256.HashData(secret), deviceId, label, now, null, null));
    }

    /// <summary>Takes a text apart.</summary>
    /// <returns>False when it has not a key's form.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out string id, out byte[] secret)
    {
        (id, secret) = ("", []);
        if (text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var rest = text[Prefix.Length..];
        if (rest.Length <= 2 * IdBytes || rest[2 * IdBytes] != '_')
            return false;
        // Asked first: decoding throws at what is none.
        var encoded = rest[(2 * IdBytes + 1)..];
        if (!Base64Url.IsValid(encoded, out var length) || length != SecretBytes)
            return false;
        (id, secret) = (rest[..(2 * IdBytes)].ToString(), Base64Url.DecodeFromChars(encoded));
        return true;
    }

    /// <summary>Takes the same time wherever they differ.</summary>
    public static bool Proves(byte[] secret, KeyRecord key) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(secret), key.Hash);
}
