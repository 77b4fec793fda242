using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace EdgeFace.Core.Security;

/// <summary>
/// Seals bytes with AES-256-GCM (NIST SP 800-38D) under a key of a <see cref="KeyRing"/>, one derived for this box's purpose.
/// Sealed bytes are: format 1, the key's id (4 bytes, little-endian), a random nonce of 12 bytes, the ciphertext, a tag of 16 bytes.
/// The associated data says what the bytes belong to (a row's ids): sealed bytes that were moved elsewhere do not open.
/// May be used from several threads.
/// </summary>
/// <remarks>
/// Nonces are random: one key and purpose should seal at most 2^32 times (SP 800-38D, 8.3: then two nonces are equal with a
/// probability below 2^-32, which would give the plaintexts' difference away). At 10,000 a second that is five days, at a million a
/// day eleven years: rotate before. That a row was replaced by an older state of itself is not noticed.
/// </remarks>
public sealed class AeadBox
{
    /// <summary>Sealed bytes are longer by so many.</summary>
    public const int Overhead = HeaderBytes + NonceBytes + TagBytes;

    /// <summary>Length of <see cref="Index"/>.</summary>
    public const int IndexBytes = 16;

    private const byte Format = 1;
    private const int HeaderBytes = 1 + sizeof(uint);
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly KeyRing _ring;
    private readonly string _purpose;
    private readonly ConcurrentDictionary<uint, Cipher> _ciphers = new();

    internal AeadBox(KeyRing ring, string purpose)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(purpose);
        (_ring, _purpose) = (ring, purpose);
    }

    /// <summary>The key that sealed some bytes; null when they are no sealed bytes at all.</summary>
    public static uint? KeyIdOf(ReadOnlySpan<byte> box)
        => box.Length >= Overhead && box[0] == Format ? BinaryPrimitives.ReadUInt32LittleEndian(box[1..]) : null;

    /// <summary>Seals with the ring's active key.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated) => Seal(_ring.ActiveKeyId, plain, associated);

    /// <summary>Seals with a key of the ring.</summary>
    /// <exception cref="InputException">The ring does not have it.</exception>
    public byte[] Seal(uint keyId, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var box = new byte[plain.Length + Overhead];
        Seal(keyId, plain, associated, box);
        return box;
    }

    /// <param name="box">Receives the sealed bytes: <see cref="Overhead"/> more than <paramref name="plain"/>.</param>
    /// <exception cref="InputException">The ring does not have the key.</exception>
    public void Seal(uint keyId, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, Span<byte> box)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(box.Length, plain.Length + Overhead);
        box[0] = Format;
        BinaryPrimitives.WriteUInt32LittleEndian(box[1..], keyId);
        var nonce = box.Slice(HeaderBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> bound = stackalloc byte[HeaderBytes + associated.Length];
        box[..HeaderBytes].CopyTo(bound);
        associated.CopyTo(bound[HeaderBytes..]);
        Of(keyId).Encrypt(nonce, plain, box[(HeaderBytes + NonceBytes)..^TagBytes], box[^TagBytes..], bound);
    }

    /// <summary>Opens sealed bytes.</summary>
    /// <returns>Null when they were changed, cut, sealed for something else, or are no sealed bytes.</returns>
    /// <exception cref="InputException">The ring does not have their key.</exception>
    public byte[]? Open(ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated)
    {
        if (box.Length < Overhead)
            return null;
        var plain = new byte[box.Length - Overhead];
        return TryOpen(box, associated, plain) ? plain : null;
    }

    /// <param name="plain">Receives the bytes: <see cref="Overhead"/> fewer than <paramref name="box"/>. Zeros when they do not open.</param>
    /// <returns>False when they were changed, cut, sealed for something else, or are no sealed bytes.</returns>
    /// <exception cref="InputException">The ring does not have their key.</exception>
    public bool TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated, Span<byte> plain)
    {
        if (KeyIdOf(box) is not { } keyId)
            return false;
        ArgumentOutOfRangeException.ThrowIfNotEqual(plain.Length, box.Length - Overhead);
        Span<byte> bound = stackalloc byte[HeaderBytes + associated.Length];
        box[..HeaderBytes].CopyTo(bound);
        associated.CopyTo(bound[HeaderBytes..]);
        return Of(keyId).Decrypt(box.Slice(HeaderBytes, NonceBytes), box[(HeaderBytes + NonceBytes)..^TagBytes], box[^TagBytes..], plain, bound);
    }

    /// <summary>
    /// A value that is equal for equal bytes and says nothing of them to whoever does not have the key (HMAC-SHA-256, cut to
    /// <see cref="IndexBytes"/>): a unique column over sealed names.
    /// </summary>
    /// <exception cref="InputException">The ring does not have the key.</exception>
    public byte[] Index(uint keyId, ReadOnlySpan<byte> plain) => HMACSHA256.HashData(Of(keyId).IndexKey, plain)[..IndexBytes];

    private Cipher Of(uint keyId)
    {
        if (_ciphers.TryGetValue(keyId, out var cipher))
            return cipher;
        var key = _ring.Find(keyId) ?? throw _ring.Missing(keyId);
        return _ciphers.GetOrAdd(keyId, new Cipher(key.Derive(_purpose + "/seal"), key.Derive(_purpose + "/index")));
    }

    /// <summary>One key's ciphers: an <see cref="AesGcm"/> serves one thread at a time, so a spare one is kept and others are made.</summary>
    private sealed class Cipher(byte[] sealKey, byte[] indexKey)
    {
        private AesGcm? _spare;

        public byte[] IndexKey => indexKey;

        public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> bound)
        {
            var aes = Take();
            aes.Encrypt(nonce, plain, cipher, tag, bound);
            Return(aes);
        }

        public bool Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> bound)
        {
            var aes = Take();
            try
            {
                aes.Decrypt(nonce, cipher, tag, plain, bound);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
            finally
            {
                Return(aes);
            }
        }

        private AesGcm Take() => Interlocked.Exchange(ref _spare, null) ?? new AesGcm(sealKey, TagBytes);

        private void Return(AesGcm aes) => Interlocked.Exchange(ref _spare, aes)?.Dispose();
    }
}
