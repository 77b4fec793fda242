using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeFace.Core;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// A digest of a set that does not depend on the order in which its elements came and went: LtHash16 (Bellare and Micciancio 1997;
/// Lewi et al. 2019, "Securing update propagation with homomorphic hashing"). Each element is expanded by SHAKE128 to 1024 numbers
/// of 16 bits, which are added to, or subtracted from, 1024 sums.
/// </summary>
/// <remarks>
/// A sum modulo 2^256 of SHA-256 would be shorter, but collisions of it can be computed (Wagner's generalised birthday attack, about
/// 2^32 elements of work); an exclusive-or falls to linear algebra. LtHash16 with 1024 numbers has at least 200 bits of security.
/// </remarks>
internal sealed class SetDigest
{
    /// <summary>Of an element's seed and of the digest.</summary>
    public const int DigestBytes = 32;

    /// <summary>Of <see cref="Sums"/>.</summary>
    public const int StateBytes = Lanes * sizeof(ushort);

    private const int Lanes = 1024;

    private readonly ushort[] _sums = new ushort[Lanes];

    public SetDigest()
    {
        if (!Shake128.IsSupported)
            throw new InputException("The gallery's digest needs SHAKE128, which this system's OpenSSL does not have: install OpenSSL 1.1.1 or newer.");
    }

    /// <param name="state">As <see cref="Sums"/> gave it; empty for the empty set.</param>
    public SetDigest(ReadOnlySpan<byte> state)
        : this()
    {
        if (state.IsEmpty)
            return;
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, StateBytes);
        for (var i = 0; i < Lanes; i++)
            _sums[i] = BinaryPrimitives.ReadUInt16LittleEndian(state[(2 * i)..]);
    }

    /// <summary>The sums, 16 bits each, little-endian.</summary>
    public byte[] Sums()
    {
        var state = new byte[StateBytes];
        for (var i = 0; i < Lanes; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(state.AsSpan(2 * i), _sums[i]);
        return state;
    }

    /// <param name="seed">SHA-256 of the element.</param>
    public void Add(ReadOnlySpan<byte> seed)
    {
        Span<ushort> numbers = stackalloc ushort[Lanes];
        Expand(seed, numbers);
        for (var i = 0; i < Lanes; i++)
            _sums[i] += numbers[i];
    }

    /// <summary>Takes an element out that was added before.</summary>
    public void Remove(ReadOnlySpan<byte> seed)
    {
        Span<ushort> numbers = stackalloc ushort[Lanes];
        Expand(seed, numbers);
        for (var i = 0; i < Lanes; i++)
            _sums[i] -= numbers[i];
    }

    /// <summary>SHA-256 of a tag, the sums and the group's own threshold: what board and server compare.</summary>
    public byte[] Digest(float? groupThreshold)
    {
        Span<byte> all = stackalloc byte[32 + StateBytes + 4];
        all.Clear();
        "edgeface-gallery-state/1"u8.CopyTo(all);
        Sums().CopyTo(all[32..]);
        BinaryPrimitives.WriteSingleLittleEndian(all[^4..], groupThreshold ?? float.NaN);
        return SHA256.HashData(all);
    }

    private static void Expand(ReadOnlySpan<byte> seed, Span<ushort> numbers)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, DigestBytes);
        Span<byte> input = stackalloc byte[32 + DigestBytes];
        input.Clear();
        "edgeface-gallery-element/1"u8.CopyTo(input);
        seed.CopyTo(input[32..]);
        Shake128.HashData(input, MemoryMarshal.AsBytes(numbers));
        if (BitConverter.IsLittleEndian)
            return;
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReverseEndianness(numbers[i]);
    }
}
