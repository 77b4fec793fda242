using System.Security.Cryptography;
using EdgeFace.Core;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>The public keys that may sign documents for this device: ECDSA, P-256, SHA-256.</summary>
public sealed class KeyRing : IDisposable
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const int MaxFileBytes = 16 << 10;

    private readonly Dictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);

    /// <summary>No key: no signed document is accepted.</summary>
    public static KeyRing Empty => new();

    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Reads public keys, PEM (<c>openssl ec -pubout</c>).</summary>
    /// <param name="files">Id and file of each key.</param>
    /// <exception cref="InputException">A file cannot be read, or is not such a key.</exception>
    public static KeyRing Read(IEnumerable<(string Id, string File)> files)
    {
        var ring = new KeyRing();
        foreach (var (id, file) in files)
        {
            if (!ring._keys.TryAdd(id, ReadKey(file)))
                throw new InputException($"{file}: the key id '{id}' is used twice; give each key an id of its own.");
        }

        return ring;
    }

    /// <summary>Null when a key of the list has signed the bytes, else why not.</summary>
    /// <param name="signature">Base64 of the DER form, as <c>openssl dgst -sha256 -sign</c> makes it.</param>
    public string? WhyNotSigned(string keyId, ReadOnlySpan<byte> bytes, string signature)
    {
        if (!_keys.TryGetValue(keyId, out var key))
            return "the key is not in this device's list";
        var raw = new byte[signature.Length];
        if (!Convert.TryFromBase64String(signature, raw, out var length))
            return "must be base64";
        try
        {
            return key.VerifyData(bytes, raw.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) ? null : "does not fit the payload";
        }
        catch (CryptographicException)
        {
            return "is not an ECDSA signature";
        }
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private static ECDsa ReadKey(string file)
    {
        var key = ECDsa.Create();
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
                throw new InputException($"{file}: too large for a public key.");
            key.ImportFromPem(File.ReadAllText(file));
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
                return key;
            throw new InputException($"{file}: must be a key of the curve P-256 (openssl ecparam -name prime256v1 -genkey).");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new InputException($"{file}: the public key cannot be read ({exception.Message}); it must be PEM.", exception);
        }
        catch (InputException)
        {
            key.Dispose();
            throw;
        }
    }
}
