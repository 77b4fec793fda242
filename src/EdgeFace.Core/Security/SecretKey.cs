using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace EdgeFace.Core.Security;

/// <summary>A key of a <see cref="KeyRing"/>, without the key itself.</summary>
/// <param name="Id">Taken from the key, never 0: a mistyped key does not fit its id.</param>
/// <param name="CreatedAt">Whole seconds, UTC.</param>
public sealed record KeyInfo(uint Id, DateTimeOffset CreatedAt)
{
    /// <summary>The id as it is shown: eight hexadecimal digits.</summary>
    public string Name => Format(Id);

    /// <summary>A key's id as it is shown.</summary>
    public static string Format(uint id) => id.ToString("x8", CultureInfo.InvariantCulture);
}

/// <summary>256 random bits and what they are called. Nothing prints them.</summary>
internal sealed class SecretKey
{
    public const int Bytes = 32;

    private readonly byte[] _bytes;

    public SecretKey(byte[] bytes, DateTimeOffset createdAt)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Bytes);
        _bytes = bytes;
        Info = new KeyInfo(IdOf(bytes), createdAt);
    }

    public KeyInfo Info { get; }

    public static SecretKey Create(DateTimeOffset now)
    {
        var createdAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        while (true)
        {
            var key = new SecretKey(RandomNumberGenerator.GetBytes(Bytes), createdAt);
            if (key.Info.Id != 0)
                return key;
        }
    }

    /// <summary>A key for one purpose (RFC 5869): what is sealed for one cannot be passed off for another.</summary>
    public byte[] Derive(string purpose, byte[]? salt = null)
        => HKDF.DeriveKey(HashAlgorithmName.SHA256, _bytes, Bytes, salt, System.Text.Encoding.UTF8.GetBytes("edgeface/" + purpose));

    public string ToBase64() => Convert.ToBase64String(_bytes);

    private static uint IdOf(byte[] bytes)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData([.. "edgeface-key-id/1"u8, .. bytes], hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
