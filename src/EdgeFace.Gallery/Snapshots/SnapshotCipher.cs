using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using EdgeFace.Core.Security;

namespace EdgeFace.Gallery;

/// <summary>
/// AES-256-GCM under a key of this file alone: nonces are the kind and number of a unit, or the block and row, and none comes twice.
/// Everything is bound to the header. May be used from several threads.
/// </summary>
internal sealed class SnapshotCipher
{
    public const int TagBytes = 16;

    private const string Purpose = "gallery/1/snapshot";
    private const int NonceBytes = 12;

    private readonly byte[] _key;
    private readonly byte[] _bound;

    /// <summary>Each serves one thread at a time.</summary>
    private readonly ConcurrentBag<AesGcm> _ciphers = [];

    public SnapshotCipher(KeyRing ring, SnapshotHeader header)
    {
        _key = ring.Derive(header.KeyId, Purpose, header.Salt);
        _bound = SHA256.HashData(header.Write());
    }

    /// <param name="target">The plain bytes' length and <see cref="TagBytes"/>.</param>
    public void Seal(SnapshotUnitKind kind, long number, ReadOnlySpan<byte> plain, Span<byte> target)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Write(nonce, kind, number);
        var cipher = Take();
        cipher.Encrypt(nonce, plain, target[..^TagBytes], target[^TagBytes..], _bound);
        _ciphers.Add(cipher);
    }

    /// <returns>False when they are not what was sealed there.</returns>
    public bool TryOpen(SnapshotUnitKind kind, long number, ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Write(nonce, kind, number);
        var cipher = Take();
        try
        {
            cipher.Decrypt(nonce, stored[..^TagBytes], stored[^TagBytes..], plain, _bound);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            _ciphers.Add(cipher);
        }
    }

    public static long NumberOf(int block, int row) => (long)block << 32 | (uint)row;

    private AesGcm Take() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(_key, TagBytes);

    private static void Write(Span<byte> nonce, SnapshotUnitKind kind, long number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(nonce, (int)kind);
        BinaryPrimitives.WriteInt64LittleEndian(nonce[4..], number);
    }
}
